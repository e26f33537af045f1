// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

type flavor struct {
	id, name         string
	vcpus, ram, disk int
}

// flavors are Nova's flavors at the start. No host has the resources that the
// second one needs.
var flavors = []flavor{
	{"42", "m1.nano", 1, 192, 1},
	{"43", "m1.toobig", 1024, 4194304, 1},
}

func (n *nova) listFlavors(w http.ResponseWriter, r *http.Request) {
	n.service.process.sql(r.Context(), "SELECT flavors.id, flavors.name, flavors.memory_mb, flavors.vcpus FROM flavors WHERE flavors.is_public = true",
		params{})
	list := []object{}
	n.mu.Lock()
	for _, f := range n.flavors {
		if strings.HasSuffix(r.URL.Path, "/detail") {
			list = append(list, n.describeFlavor(f))
		} else {
			list = append(list, object{"id": f.id, "name": f.name, "links": n.links("flavors", f.id)})
		}
	}
	n.mu.Unlock()
	writeJSON(w, http.StatusOK, object{"flavors": list})
}

func (n *nova) showFlavor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, ok := n.findFlavor(r, id)
	if !ok {
		flavorNotFound(w, id)
		return
	}
	writeJSON(w, http.StatusOK, object{"flavor": n.describeFlavor(f)})
}

func (n *nova) createFlavor(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Flavor struct {
			ID               string
			Name             string
			VCPUs, RAM, Disk int
		}
	}
	if !readJSON(r, &given) || given.Flavor.Name == "" || given.Flavor.VCPUs < 1 || given.Flavor.RAM < 1 {
		novaError(w, http.StatusBadRequest, "Invalid input for field/attribute flavor: a name, vcpus and ram are needed.")
		return
	}
	f := flavor{cmp.Or(given.Flavor.ID, newUUID()), given.Flavor.Name, given.Flavor.VCPUs, given.Flavor.RAM, given.Flavor.Disk}
	n.service.process.sql(r.Context(), "INSERT INTO flavors (created_at, name, memory_mb, vcpus, flavorid) VALUES (%(created_at)s, %(name)s, %(memory_mb)s, %(vcpus)s, %(flavorid)s)",
		params{"name": f.name, "memory_mb": f.ram, "vcpus": f.vcpus, "flavorid": f.id})
	n.mu.Lock()
	exists := slices.ContainsFunc(n.flavors, func(other flavor) bool { return other.id == f.id || other.name == f.name })
	if !exists {
		n.flavors = append(n.flavors, f)
	}
	n.mu.Unlock()
	if exists {
		novaError(w, http.StatusConflict, "Flavor with name "+f.name+" already exists.")
		return
	}
	writeJSON(w, http.StatusOK, object{"flavor": n.describeFlavor(f)})
}

func (n *nova) deleteFlavor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	n.service.process.sql(r.Context(), "DELETE FROM flavors WHERE flavors.flavorid = %(flavorid_1)s", params{"flavorid_1": id})
	n.mu.Lock()
	had := len(n.flavors)
	n.flavors = slices.DeleteFunc(n.flavors, func(f flavor) bool { return f.id == id })
	gone := len(n.flavors) < had
	n.mu.Unlock()
	if !gone {
		flavorNotFound(w, id)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func flavorNotFound(w http.ResponseWriter, id string) {
	novaError(w, http.StatusNotFound, "Flavor "+id+" could not be found.")
}

func (n *nova) findFlavor(r *http.Request, id string) (flavor, bool) {
	n.service.process.sql(r.Context(), "SELECT flavors.id, flavors.name, flavors.memory_mb, flavors.vcpus FROM flavors WHERE flavors.flavorid = %(flavorid_1)s",
		params{"flavorid_1": id})
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.flavors {
		if f.id == id {
			return f, true
		}
	}
	return flavor{}, false
}

func (n *nova) describeFlavor(f flavor) object {
	return object{
		"id":                         f.id,
		"name":                       f.name,
		"vcpus":                      f.vcpus,
		"ram":                        f.ram,
		"disk":                       f.disk,
		"swap":                       "",
		"rxtx_factor":                1.0,
		"os-flavor-access:is_public": true,
		"OS-FLV-EXT-DATA:ephemeral":  0,
		"OS-FLV-DISABLED:disabled":   false,
		"links":                      n.links("flavors", f.id),
	}
}
