// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/points"
)

// Stats has the sums of the traces that were added. The zero value can be used. It
// can't be used concurrently.
type Stats struct {
	reader      calls.Reader
	traces      int
	calls       int
	strangers   int
	first, last time.Time
	services    map[string]*sum
	operations  map[calls.Operation]*sum
	repeated    map[repetition]*repeats
}

// Add adds the calls of a trace. Points of other requests, which some clouds store in
// a trace (points.Findings), are left out.
func (s *Stats) Add(t *points.Trace) {
	if s.services == nil {
		s.services = map[string]*sum{}
		s.operations = map[calls.Operation]*sum{}
		s.repeated = map[repetition]*repeats{}
	}
	if strangers := t.Findings().Strangers; len(strangers) > 0 {
		s.strangers += len(strangers)
		t = t.Without(strangers)
	}
	s.traces++
	for p := range t.All() {
		if at := p.Started(); s.first.IsZero() || at.Before(s.first) {
			s.first = at
		}
		if at := p.Finished(); at.After(s.last) {
			s.last = at
		}
	}
	list := s.reader.Calls(t)
	s.calls += len(list)
	s.sum(list)
	s.repeat(list)
}

// sum adds the calls of a trace to the sums of their operations and services. It
// keeps the calls that are open around the current one, because a call inside another
// call of the same operation or service adds nothing to the total time.
func (s *Stats) sum(list []*calls.Call) {
	var around []*calls.Call
	operations, services := map[calls.Operation]int{}, map[string]int{}
	for _, c := range list {
		for len(around) > 0 && around[len(around)-1] != c.Parent {
			left := around[len(around)-1]
			operations[left.Operation]--
			services[left.Operation.Service]--
			around = around[:len(around)-1]
		}
		if kind := c.Operation.Kind; kind == calls.SQL || kind == calls.RPC || kind == calls.HTTP {
			sumOf(s.operations, c.Operation).add(c, operations[c.Operation] > 0)
		}
		service := sumOf(s.services, c.Operation.Service)
		service.addSelf(c)
		if c.Parent == nil || c.Parent.Operation.Service != c.Operation.Service {
			service.addCall(c, services[c.Operation.Service] > 0)
		}
		operations[c.Operation]++
		services[c.Operation.Service]++
		around = append(around, c)
	}
}

func sumOf[K comparable](sums map[K]*sum, key K) *sum {
	s := sums[key]
	if s == nil {
		s = newSum()
		sums[key] = s
	}
	return s
}
