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
	reader     calls.Reader
	services   map[string]*sum
	operations map[calls.Operation]*sum
	repeated   map[repetition]*repeats
}

// Add adds the calls of a trace. Points of other requests, which some clouds store in
// a trace (points.Findings), are left out.
func (s *Stats) Add(t *points.Trace) {
	if s.services == nil {
		s.services = map[string]*sum{}
		s.operations = map[calls.Operation]*sum{}
		s.repeated = map[repetition]*repeats{}
	}
	list := s.reader.Read(t)
	s.sum(list)
	s.repeat(list)
}

// sum adds the calls of a trace to the sums of their operations and services.
func (s *Stats) sum(list []*calls.Call) {
	var around []*calls.Call // the calls around the current one
	operations, services := open[calls.Operation]{}, open[string]{}
	for _, c := range list {
		for len(around) > 0 && around[len(around)-1] != c.Parent {
			left := around[len(around)-1]
			operations.leave(left.Operation)
			services.leave(left.Operation.Service)
			around = around[:len(around)-1]
		}
		if kind := c.Operation.Kind; kind == calls.SQL || kind == calls.RPC || kind == calls.HTTP {
			sum := sumOf(s.operations, c.Operation)
			sum.addTime(c, operations.outside(c, c.Operation))
			sum.addCall(c)
		}
		sum := sumOf(s.services, c.Operation.Service)
		sum.addTime(c, services.outside(c, c.Operation.Service))
		if c.Parent == nil || c.Parent.Operation.Service != c.Operation.Service {
			sum.addCall(c)
		}
		operations.enter(c.Operation, c)
		services.enter(c.Operation.Service, c)
		around = append(around, c)
	}
}

// open has the calls of each operation or service that are around the current one, the
// innermost last.
type open[K comparable] map[K][]*calls.Call

func (o open[K]) enter(key K, c *calls.Call) { o[key] = append(o[key], c) }
func (o open[K]) leave(key K)                { o[key] = o[key][:len(o[key])-1] }

// outside returns the time of c that is not in the innermost call of the same key
// around it. Work for which nobody waits goes on after that call has ended.
func (o open[K]) outside(c *calls.Call, key K) time.Duration {
	list := o[key]
	if len(list) == 0 {
		return c.Duration
	}
	outer := list[len(list)-1]
	inside := min(c.Start+c.Duration, outer.Start+outer.Duration) - max(c.Start, outer.Start)
	return c.Duration - max(0, inside)
}

func sumOf[K comparable](sums map[K]*sum, key K) *sum {
	s := sums[key]
	if s == nil {
		s = newSum()
		sums[key] = s
	}
	return s
}
