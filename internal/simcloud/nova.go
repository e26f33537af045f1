// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// newestMicroversion is the minor part of the newest microversion, 2.96.
	newestMicroversion = 96
	hostName           = "compute1"
)

// nova is Nova: its API, which has a port, and the three processes that work
// for it.
type nova struct {
	service   *service // the API
	conductor *process
	scheduler *process
	compute   *process

	mu       sync.Mutex
	quota    int
	servers  []*server
	flavors  []flavor
	keypairs []object
}

func setUpNova(s *service) {
	n := &nova{
		service:   s,
		conductor: s.cloud.newProcess("nova-nova-conductor", s.process.token),
		scheduler: s.cloud.newProcess("nova-nova-scheduler", s.process.token),
		compute:   s.cloud.newProcess("nova-nova-compute", s.process.token),
		quota:     10,
		flavors:   slices.Clone(flavors),
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
	mux.HandleFunc("POST /v2.1/flavors", n.createFlavor)
	mux.HandleFunc("DELETE /v2.1/flavors/{id}", n.deleteFlavor)
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

// microversion returns the minor part of the request's microversion.
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

func (n *nova) links(collection, id string) []link {
	return []link{
		{"self", n.service.url + "/v2.1/" + collection + "/" + id},
		{"bookmark", n.service.url + "/" + collection + "/" + id},
	}
}
