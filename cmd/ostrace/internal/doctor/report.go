// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/ostrace/ostrace/internal/safejson"
)

// Report is the result of an examination.
type Report struct {
	// Services are the services of the catalog. There are none without a cloud.
	Services []*Service `json:"services,omitempty"`
	// Stored are the services that have points in the store.
	Stored []*StoredService `json:"stored,omitempty"`
	// Store is about the store. It is nil without one.
	Store *Store `json:"store,omitempty"`
	// Findings are the problems, and then the advice.
	Findings []Finding `json:"findings"`
	// Notes say what could not be looked at.
	Notes []string `json:"notes,omitempty"`
}

// StoredService is a service that has points in the store.
type StoredService struct {
	// Name is the project and the service, such as "nova-nova-compute".
	Name string `json:"name"`
	// Traces and Points are the numbers of traces with points of the service, and of
	// its points.
	Traces int `json:"traces"`
	Points int `json:"points"`
	// SQL, Calls and RPC are those of [Service].
	SQL   Verdict `json:"sql"`
	Calls Verdict `json:"calls"`
	RPC   Verdict `json:"rpc"`

	project  string
	activity activity
}

// Healthy reports whether there is no problem.
func (r *Report) Healthy() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Problem })
}

// WriteJSON writes the whole report as a JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(safejson.NewWriter(w))
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(r)
}
