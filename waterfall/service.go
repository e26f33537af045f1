// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/sdk/resource"
)

// service has the sums of the spans of one service.name, or of one kind.
type service struct {
	name   string // clean
	style  style
	spans  int
	errors int
	total  time.Duration // with at least one span open
	until  time.Duration // total is known up to this time
	self   time.Duration // of its spans, without their children's time
}

// services finds the service of a span's resource.
type services struct {
	list       []*service
	byResource map[*resource.Resource]int
	byName     map[string]int
}

func newServices() *services {
	return &services{
		byResource: map[*resource.Resource]int{},
		byName:     map[string]int{},
	}
}

// ofResource is the index of the service that the resource names.
func (s *services) ofResource(r *resource.Resource) int {
	if i, ok := s.byResource[r]; ok {
		return i
	}
	value, _ := r.Set().Value("service.name")
	i := s.named(value.AsString())
	s.byResource[r] = i
	return i
}

// named is the index of the service with that name.
func (s *services) named(name string) int {
	i, ok := s.byName[name]
	if !ok {
		i = len(s.list)
		text := clean(name, maxText)
		if text == "" {
			text = "(no name)"
		}
		s.list = append(s.list, &service{name: text, style: palette[i%len(palette)]})
		s.byName[name] = i
	}
	return i
}

// count adds the spans up, without those that are only there for context.
func (t *tree) count() {
	for _, s := range slices.Concat(t.services, t.kinds) {
		*s = service{name: s.name, style: s.style}
	}
	for _, n := range t.nodes {
		if !n.context {
			t.services[n.service].count(n)
			t.kinds[n.group].count(n)
		}
	}
}

// count adds a span. Spans must come in the order of their start.
func (s *service) count(n *node) {
	s.spans++
	if n.failed {
		s.errors++
	}
	if n.open {
		return
	}
	if n.end > s.until {
		s.total += n.end - max(n.start, s.until)
		s.until = n.end
	}
	s.self = addDuration(s.self, n.self())
}

// self is the time that the node spent in none of its children.
func (n *node) self() time.Duration {
	self := n.duration()
	until := n.start
	for _, c := range n.children {
		if c.open {
			continue
		}
		// A child may begin after its parent has ended, as a call does for
		// which nobody waits.
		if start, end := max(c.start, until), min(c.end, n.end); end > start {
			self -= end - start
			until = end
		}
	}
	return self
}

// activeServices is the number of services that have spans.
func (t *tree) activeServices() int {
	n := 0
	for _, s := range t.services {
		if s.spans > 0 {
			n++
		}
	}
	return n
}

func (t *tree) errors() int {
	n := 0
	for _, s := range t.services {
		n += s.errors
	}
	return n
}
