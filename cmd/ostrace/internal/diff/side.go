// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/points"
)

// Side has what is compared of one set of traces. The zero value can be used. It
// can't be used concurrently. It grows with the number of different operations and
// places, and for each operation up to a fixed number of calls.
type Side struct {
	reader     calls.Reader
	own        time.Duration               // of all calls
	operations map[calls.Operation]*series // the own time of each call, in nanoseconds
	requests   map[calls.Operation]*request
	entries    map[calls.Operation]*entry
	top        place
}

// request has what the requests of one operation did. The operation is of the kind
// HTTP or RPC.
type request struct {
	own        series                      // the time in each request and in its calls inside the service
	statements series                      // how many SQL statements each request sent
	inner      map[calls.Operation]*series // how often each request called it, without the requests that did not
}

// entry has the requests of one operation that came from outside.
type entry struct {
	traces, calls int
	total         time.Duration
}

// Add adds a trace. Points of other requests, which some clouds store in a trace
// (points.Findings), are left out.
func (s *Side) Add(t *points.Trace) {
	if s.operations == nil {
		s.operations = map[calls.Operation]*series{}
		s.requests = map[calls.Operation]*request{}
		s.entries = map[calls.Operation]*entry{}
	}
	list := s.reader.Read(t)
	for _, c := range list {
		s.own += c.Self
		if c.Whole {
			seriesOf(s.operations, c.Operation).add(float64(c.Self))
		}
	}
	s.addRequests(list)
	s.addEntries(list)
	s.top.add(list)
}

func seriesOf(all map[calls.Operation]*series, operation calls.Operation) *series {
	one := all[operation]
	if one == nil {
		one = &series{}
		all[operation] = one
	}
	return one
}

// addRequests adds what each request of a trace did.
func (s *Side) addRequests(list []*calls.Call) {
	type did struct {
		own        time.Duration
		statements int
		inner      map[calls.Operation]int
	}
	all := map[*calls.Call]*did{}
	for _, c := range list { // requests come before what they do
		if c.Operation.Answers() {
			all[c] = &did{own: c.Self, inner: map[calls.Operation]int{}}
		}
		by := c.Request
		if by == c {
			if c.Parent == nil {
				continue
			}
			by = c.Parent.Request
		}
		d := all[by]
		if d == nil {
			continue // the client made the call
		}
		d.inner[c.Operation]++
		if c.Request != c {
			d.own += c.Self
		}
		if c.Operation.Kind == calls.SQL {
			d.statements++
		}
	}
	for _, c := range list {
		d := all[c]
		if d == nil {
			continue
		}
		r := s.request(c.Operation)
		r.own.add(float64(d.own))
		r.statements.add(float64(d.statements))
		for operation, count := range d.inner {
			seriesOf(r.inner, operation).add(float64(count))
		}
	}
}

func (s *Side) request(operation calls.Operation) *request {
	r := s.requests[operation]
	if r == nil {
		r = &request{inner: map[calls.Operation]*series{}}
		s.requests[operation] = r
	}
	return r
}

// addEntries adds the requests that came from outside: those that are below no other
// request.
func (s *Side) addEntries(list []*calls.Call) {
	seen := map[*entry]bool{}
	for _, c := range list {
		if !c.Operation.Answers() || c.Parent != nil && c.Parent.Request.Operation.Answers() {
			continue
		}
		e := s.entries[c.Operation]
		if e == nil {
			e = &entry{}
			s.entries[c.Operation] = e
		}
		e.calls++
		e.total += c.Duration
		if !seen[e] {
			seen[e] = true
			e.traces++
		}
	}
}

// counts returns how often each of the request's calls of its operation called the
// inner operation, also for those that did not call it.
func (r *request) counts(inner calls.Operation) []float64 {
	counted := r.inner[inner]
	missing := r.own.count - counted.len()
	// A series may be a sample, and the zeros are sampled as it is.
	if counted.len() > maxSample {
		missing = missing * maxSample / counted.count
	}
	return append(make([]float64, min(missing, maxSample)), counted.of()...)
}
