package simcloud

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	// newestMicroversion is the minor part of the newest microversion, 2.96.
	newestMicroversion = 96
	hostName           = "compute1"
)

type flavor struct {
	id, name         string
	vcpus, ram, disk int
}

// flavors are those that Nova has. No host has as much as the second one asks
// for.
var flavors = []flavor{
	{"42", "m1.nano", 1, 192, 1},
	{"43", "m1.toobig", 1024, 4194304, 1},
}

// nova is Nova: its API behind a port, and the three processes that work for it.
type nova struct {
	service   *service // the API
	conductor *process
	scheduler *process
	compute   *process

	mu       sync.Mutex
	quota    int
	servers  []*server
	keypairs []object
}

func setUpNova(s *service) {
	n := &nova{
		service:   s,
		conductor: s.cloud.newProcess("nova-nova-conductor", s.process.token),
		scheduler: s.cloud.newProcess("nova-nova-scheduler", s.process.token),
		compute:   s.cloud.newProcess("nova-nova-compute", s.process.token),
		quota:     10,
	}
	s.cloud.nova = n
	v21 := newVersion("v2.1", "CURRENT", s.url+"/v2.1/")
	v21.MinVersion, v21.Version = "2.1", "2."+strconv.Itoa(newestMicroversion)
	s.versions = map[string]versions{
		"":      several(http.StatusOK, []version{v21}),
		"/v2.1": one(v21),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2.1/flavors", n.listFlavors)
	mux.HandleFunc("GET /v2.1/flavors/detail", n.listFlavors)
	mux.HandleFunc("GET /v2.1/flavors/{id}", n.showFlavor)
	mux.HandleFunc("GET /v2.1/servers", n.listServers)
	mux.HandleFunc("GET /v2.1/servers/detail", n.listServers)
	mux.HandleFunc("POST /v2.1/servers", n.createServer)
	mux.HandleFunc("GET /v2.1/servers/{id}", n.showServer)
	mux.HandleFunc("DELETE /v2.1/servers/{id}", n.deleteServer)
	mux.HandleFunc("GET /v2.1/os-keypairs", n.listKeypairs)
	mux.HandleFunc("POST /v2.1/os-keypairs", n.createKeypair)
	mux.HandleFunc("GET /v2.1/os-keypairs/{name}", n.showKeypair)
	mux.HandleFunc("DELETE /v2.1/os-keypairs/{name}", n.deleteKeypair)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		novaError(w, http.StatusNotFound, "The resource could not be found.")
	})
	microversioned := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Compute-Request-Id", requestOf(r.Context()).id)
		minor, ok := microversion(r)
		if !ok {
			novaError(w, http.StatusNotAcceptable, "Version "+r.Header.Get(novaVersionHeader)+" is not supported by the API. Minimum is 2.1 and maximum is 2."+strconv.Itoa(newestMicroversion)+".")
			return
		}
		w.Header().Set("OpenStack-API-Version", "compute 2."+strconv.Itoa(minor))
		w.Header().Set(novaVersionHeader, "2."+strconv.Itoa(minor))
		w.Header().Set("Vary", "OpenStack-API-Version, "+novaVersionHeader)
		mux.ServeHTTP(w, r)
	})
	s.handler = s.authenticated(microversioned)
}

const novaVersionHeader = "X-OpenStack-Nova-API-Version"

// microversion returns the minor part of the microversion that is asked for.
func microversion(r *http.Request) (minor int, ok bool) {
	asked := r.Header.Get(novaVersionHeader)
	if of, ok := strings.CutPrefix(r.Header.Get("OpenStack-API-Version"), "compute "); ok {
		asked = of
	}
	switch asked {
	case "":
		return 1, true
	case "latest":
		return newestMicroversion, true
	}
	text, ok := strings.CutPrefix(asked, "2.")
	minor, err := strconv.Atoi(text)
	return minor, ok && err == nil && minor >= 1 && minor <= newestMicroversion
}

func novaError(w http.ResponseWriter, status int, message string) {
	name, ok := map[int]string{
		http.StatusBadRequest: "badRequest",
		http.StatusForbidden:  "forbidden",
		http.StatusNotFound:   "itemNotFound",
		http.StatusConflict:   "conflictingRequest",
	}[status]
	if !ok {
		name = "computeFault"
	}
	writeJSON(w, status, object{name: object{"code": status, "message": message}})
}

func (n *nova) setQuota(quota int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.quota = quota
}

func (n *nova) listFlavors(w http.ResponseWriter, r *http.Request) {
	n.service.process.sql(r.Context(), "SELECT flavors.id, flavors.name, flavors.memory_mb, flavors.vcpus FROM flavors WHERE flavors.is_public = true",
		params{})
	list := []object{}
	for _, f := range flavors {
		if strings.HasSuffix(r.URL.Path, "/detail") {
			list = append(list, n.describeFlavor(f))
		} else {
			list = append(list, object{"id": f.id, "name": f.name, "links": n.links("flavors", f.id)})
		}
	}
	writeJSON(w, http.StatusOK, object{"flavors": list})
}

func (n *nova) showFlavor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, ok := n.findFlavor(r, id)
	if !ok {
		novaError(w, http.StatusNotFound, "Flavor "+id+" could not be found.")
		return
	}
	writeJSON(w, http.StatusOK, object{"flavor": n.describeFlavor(f)})
}

func (n *nova) findFlavor(r *http.Request, id string) (flavor, bool) {
	n.service.process.sql(r.Context(), "SELECT flavors.id, flavors.name, flavors.memory_mb, flavors.vcpus FROM flavors WHERE flavors.flavorid = %(flavorid_1)s",
		params{"flavorid_1": id})
	for _, f := range flavors {
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

func (n *nova) links(collection, id string) []link {
	return []link{
		{"self", n.service.url + "/v2.1/" + collection + "/" + id},
		{"bookmark", n.service.url + "/" + collection + "/" + id},
	}
}
