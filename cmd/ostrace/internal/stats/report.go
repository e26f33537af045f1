// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"cmp"
	"slices"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
)

// Report has the sums in the order in which they are shown. Its JSON is the output of
// ostrace stats --json. All times are in milliseconds.
type Report struct {
	Traces int `json:"traces"`
	Calls  int `json:"calls"`
	// Strangers is the number of points of other requests, which are left out.
	Strangers int `json:"strangers,omitempty"`
	// From and To are the start of the first call and the end of the last one.
	From       time.Time  `json:"from,omitzero"`
	To         time.Time  `json:"to,omitzero"`
	Statements []Row      `json:"statements"`
	Repeated   []Repeated `json:"repeated_statements"`
	Routes     []Row      `json:"http_routes"`
	Methods    []Row      `json:"rpc_methods"`
	Services   []Row      `json:"services"`
}

// Row has the sums of an operation or of a service.
type Row struct {
	Service string `json:"service"`
	// Name is the route, the method or the statement. A service has none.
	Name string `json:"name,omitempty"`
	// Summary is the verb and the table of a statement.
	Summary string `json:"summary,omitempty"`
	// Calls is the number of calls. For a service it is the number of calls from
	// elsewhere.
	Calls int `json:"calls"`
	// Total is the time in the calls. A call inside another call of the same row is
	// not counted twice.
	Total float64 `json:"total_ms"`
	// Self is the part of the time in which no call below was running.
	Self float64 `json:"self_ms"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
	Max  float64 `json:"max_ms"`
}

// Repeated is a statement that requests of one operation sent again and again.
type Repeated struct {
	Service   string `json:"service"`
	Request   string `json:"request"`
	Statement string `json:"statement"`
	Summary   string `json:"summary"`
	// Most is the largest number of times in one request.
	Most int `json:"most"`
	// Requests is the number of requests that sent it MinRepeats times or more.
	Requests int     `json:"requests"`
	Total    float64 `json:"total_ms"`
	// SameParameters reports whether each of these requests sent it with the same
	// parameters each time.
	SameParameters bool `json:"same_parameters"`
}

// Report returns the sums, those with the most time first. The services are in the
// order of their self time, and all others in that of their total time.
func (s *Stats) Report() Report {
	r := Report{
		Traces: s.reader.Traces, Calls: s.reader.Calls, Strangers: s.reader.Strangers, From: s.reader.First, To: s.reader.Last,
		Statements: []Row{}, Repeated: []Repeated{}, Routes: []Row{}, Methods: []Row{}, Services: []Row{},
	}
	for name, sum := range s.services {
		r.Services = append(r.Services, rowOf(calls.Operation{Service: name}, sum))
	}
	for operation, sum := range s.operations {
		row := rowOf(operation, sum)
		switch operation.Kind {
		case calls.SQL:
			row.Summary = operation.Title()
			r.Statements = append(r.Statements, row)
		case calls.RPC:
			r.Methods = append(r.Methods, row)
		case calls.HTTP:
			r.Routes = append(r.Routes, row)
		case calls.Client, calls.Internal: // they are not added up
		}
	}
	for _, rows := range [][]Row{r.Statements, r.Methods, r.Routes} {
		slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(cmp.Compare(b.Total, a.Total), byName(a, b)) })
	}
	slices.SortFunc(r.Services, func(a, b Row) int { return cmp.Or(cmp.Compare(b.Self, a.Self), byName(a, b)) })
	for k, n := range s.repeated {
		r.Repeated = append(r.Repeated, Repeated{
			Service: k.request.Service, Request: k.request.Name, Statement: k.statement.Name, Summary: k.statement.Title(),
			Most: n.most, Requests: n.requests, Total: terminal.Milliseconds(n.total), SameParameters: n.sameParameters,
		})
	}
	slices.SortFunc(r.Repeated, func(a, b Repeated) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Request, b.Request), cmp.Compare(a.Statement, b.Statement))
	})
	return r
}

func byName(a, b Row) int {
	return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
}

func rowOf(operation calls.Operation, s *sum) Row {
	return Row{
		Service: operation.Service, Name: operation.Name, Calls: s.calls,
		Total: terminal.Milliseconds(s.total), Self: terminal.Milliseconds(s.self),
		P50: terminal.Milliseconds(s.quantile(0.5)), P95: terminal.Milliseconds(s.quantile(0.95)), Max: terminal.Milliseconds(s.max),
	}
}
