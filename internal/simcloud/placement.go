// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"strconv"
	"strings"
)

const hostID = "66666666-5c1d-4b6e-9a40-0f2f3a6d1c06"

// capacity has the resources that the cloud's only host can give to one server.
var capacity = map[string]int{"VCPU": 16, "MEMORY_MB": 32768, "DISK_GB": 100}

// setUpPlacement sets up the part of Placement that Nova's scheduler uses.
// Allocations are accepted and not kept.
func setUpPlacement(s *service) {
	s.versions = map[string]versions{"": several(http.StatusOK, []version{{
		ID: "v1.0", Status: "CURRENT", MinVersion: "1.0", MaxVersion: "1.39", Links: []link{{"self", ""}},
	}})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /allocation_candidates", func(w http.ResponseWriter, r *http.Request) {
		requests := []object{}
		summaries := object{}
		if asked, fits := resources(r.URL.Query().Get("resources")); fits {
			requests = append(requests, object{"allocations": object{hostID: object{"resources": asked}}, "mappings": object{"": []string{hostID}}})
			summaries[hostID] = object{"resources": capacity, "traits": []string{}}
		}
		writeJSON(w, http.StatusOK, object{"allocation_requests": requests, "provider_summaries": summaries})
	})
	mux.HandleFunc("PUT /allocations/{consumer}", noContent)
	mux.HandleFunc("DELETE /allocations/{consumer}", noContent)
	mux.HandleFunc("GET /resource_providers", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, object{"resource_providers": []object{{
			"uuid": hostID, "name": hostName, "generation": 1, "links": []link{},
			"root_provider_uuid": hostID, "parent_provider_uuid": nil,
		}}})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusNotFound, object{"errors": []object{{
			"status":     http.StatusNotFound,
			"title":      "Not Found",
			"detail":     "The resource could not be found.\n\n   ",
			"request_id": requestOf(r.Context()).id,
		}}})
	})
	s.handler = s.authenticated(mux)
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// resources reads a list such as "VCPU:1,MEMORY_MB:64" and reports whether the
// host has these resources.
func resources(list string) (asked map[string]int, fits bool) {
	asked = map[string]int{}
	for part := range strings.SplitSeq(list, ",") {
		class, amount, _ := strings.Cut(part, ":")
		n, err := strconv.Atoi(amount)
		if err != nil || n > capacity[class] {
			return nil, false
		}
		asked[class] = n
	}
	return asked, true
}
