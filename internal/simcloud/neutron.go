// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	networkID = "44444444-5c1d-4b6e-9a40-0f2f3a6d1c04"
	subnetID  = "55555555-5c1d-4b6e-9a40-0f2f3a6d1c05"
)

// neutron is Neutron's v2.0 API: networks, subnets, ports and security groups.
type neutron struct {
	service *service

	mu     sync.Mutex
	tables map[string][]object // by the name of the collection; records are replaced and never changed
	made   int                 // the number of ports that were made
}

// kinds are the collections that the API has.
var kinds = []struct {
	name   string
	create func(*neutron, http.ResponseWriter, *http.Request)
}{
	{"network", (*neutron).createNetwork},
	{"subnet", (*neutron).createSubnet},
	{"port", (*neutron).createPort},
	{"security_group", (*neutron).createSecurityGroup},
	{"security_group_rule", (*neutron).createSecurityGroupRule},
}

func setUpNeutron(s *service) {
	n := &neutron{service: s, tables: map[string][]object{}}
	n.tables["networks"] = []object{newNetwork(networkID, "net1", subnetID)}
	n.tables["subnets"] = []object{newSubnet(subnetID, "subnet1", networkID, "10.0.0.0/24", "10.0.0.1")}
	s.process.dbPoint = "neutron.db"
	s.versions = map[string]versions{"": several(http.StatusOK, []version{
		newVersion("v2.0", "CURRENT", s.url+"/v2.0/"),
	})}
	mux := http.NewServeMux()
	for _, kind := range kinds {
		path := "/v2.0/" + strings.ReplaceAll(kind.name, "_", "-") + "s"
		mux.HandleFunc("GET "+path, n.list(kind.name))
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { kind.create(n, w, r) })
		mux.HandleFunc("GET "+path+"/{id}", n.show(kind.name))
		mux.HandleFunc("DELETE "+path+"/{id}", n.remove(kind.name))
	}
	mux.HandleFunc("PUT /v2.0/ports/{id}", n.updatePort)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		neutronNotFound(w, "HTTPNotFound", "The resource could not be found.")
	})
	s.handler = s.authenticated(mux)
}

func neutronNotFound(w http.ResponseWriter, class, message string) {
	neutronError(w, http.StatusNotFound, class, message)
}

func neutronError(w http.ResponseWriter, status int, class, message string) {
	writeJSON(w, status, object{"NeutronError": object{"type": class, "message": message, "detail": ""}})
}

// noSuch answers that there is no record of the kind with the id.
func noSuch(w http.ResponseWriter, kind, id string) {
	words := strings.Fields(strings.ReplaceAll(kind, "_", " "))
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	neutronNotFound(w, strings.Join(words, "")+"NotFound", strings.Join(words, " ")+" "+id+" could not be found.")
}

func (n *neutron) all(kind string) []object {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.tables[kind+"s"])
}

func (n *neutron) list(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n.service.process.sql(r.Context(),
			fmt.Sprintf("SELECT %[1]ss.id, %[1]ss.name, %[1]ss.project_id FROM %[1]ss WHERE %[1]ss.project_id = %%(project_id_1)s", kind),
			params{"project_id_1": projectID})
		found := filter(n.all(kind), r.URL.Query(), "id", "name", "network_id", "device_id", "tenant_id", "project_id")
		writeJSON(w, http.StatusOK, object{kind + "s": found})
	}
}

func (n *neutron) show(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if record := n.look(r, kind, id); record != nil {
			writeJSON(w, http.StatusOK, object{kind: record})
		} else {
			noSuch(w, kind, id)
		}
	}
}

// look returns the record of the kind with the id, or nil.
func (n *neutron) look(r *http.Request, kind, id string) object {
	n.service.process.sql(r.Context(),
		fmt.Sprintf("SELECT %[1]ss.id, %[1]ss.name, %[1]ss.project_id FROM %[1]ss WHERE %[1]ss.id = %%(id_1)s", kind),
		params{"id_1": id})
	return find(n.all(kind), id)
}

// add keeps a new record and answers with it.
func (n *neutron) add(w http.ResponseWriter, r *http.Request, kind string, record object) {
	n.service.process.sql(r.Context(), fmt.Sprintf("INSERT INTO %ss (project_id, id, name) VALUES (%%(project_id)s, %%(id)s, %%(name)s)", kind),
		params{"project_id": projectID, "id": record["id"]})
	n.mu.Lock()
	n.tables[kind+"s"] = append(n.tables[kind+"s"], record)
	n.mu.Unlock()
	writeJSON(w, http.StatusCreated, object{kind: record})
}

// replace changes a record, if it still exists.
func (n *neutron) replace(kind, id string, change func(object)) object {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.tables[kind+"s"], func(record object) bool { return record["id"] == id })
	if i < 0 {
		return nil
	}
	changed := maps.Clone(n.tables[kind+"s"][i])
	change(changed)
	n.tables[kind+"s"][i] = changed
	return changed
}

func (n *neutron) remove(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		n.service.process.sql(r.Context(), fmt.Sprintf("DELETE FROM %[1]ss WHERE %[1]ss.id = %%(id)s", kind), params{"id": id})
		n.mu.Lock()
		used := n.usedBy(kind, id)
		had := len(n.tables[kind+"s"])
		if used == "" {
			n.tables[kind+"s"] = slices.DeleteFunc(n.tables[kind+"s"], func(record object) bool { return record["id"] == id })
			n.forget(kind, id)
		}
		gone := len(n.tables[kind+"s"]) < had
		n.mu.Unlock()
		switch {
		case used != "":
			neutronError(w, http.StatusConflict, used, "Unable to complete operation on "+kind+" "+id+". It is in use.")
		case gone:
			w.WriteHeader(http.StatusNoContent)
		default:
			noSuch(w, kind, id)
		}
	}
}

// usedBy returns the class of the error which says that a port uses a record,
// or an empty text where no port uses it. The caller holds the lock.
func (n *neutron) usedBy(kind, id string) string {
	for _, port := range n.tables["ports"] {
		switch {
		case kind == "network" && port["network_id"] == id:
			return "NetworkInUse"
		case kind == "subnet" && port["fixed_ips"].([]object)[0]["subnet_id"] == id:
			return "SubnetInUse"
		case kind == "security_group" && slices.Contains(port["security_groups"].([]string), id):
			return "SecurityGroupInUse"
		}
	}
	return ""
}

// forget deletes the records that belong to a record that is deleted. The
// caller holds the lock.
func (n *neutron) forget(kind, id string) {
	switch kind {
	case "network":
		n.tables["subnets"] = slices.DeleteFunc(n.tables["subnets"], func(subnet object) bool { return subnet["network_id"] == id })
	case "security_group":
		n.tables["security_group_rules"] = slices.DeleteFunc(n.tables["security_group_rules"],
			func(rule object) bool { return rule["security_group_id"] == id })
	}
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }
