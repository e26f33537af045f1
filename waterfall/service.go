// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
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
	total  union // with at least one span open
	self   union // with at least one span open that has no open child
	onPath time.Duration
}

// union is a time that is the union of extents.
type union struct {
	time  time.Duration
	until time.Duration // the end of the extents so far
}

// add adds an extent. Extents must come in the order of their start.
func (u *union) add(e extent) {
	if e.end > u.until {
		u.time += e.end - max(e.start, u.until)
		u.until = e.end
	}
}

// services finds the service of a span's resource.
type services struct {
	list       []*service
	hosts      []string // clean: the host names of the resources
	hostKnown  map[string]bool
	byResource map[*resource.Resource]int
	byName     map[string]int
}

func newServices() *services {
	return &services{
		byResource: map[*resource.Resource]int{},
		byName:     map[string]int{},
		hostKnown:  map[string]bool{},
	}
}

// ofResource is the index of the service that the resource names.
func (s *services) ofResource(r *resource.Resource) int {
	if i, ok := s.byResource[r]; ok {
		return i
	}
	if value, _ := r.Set().Value("host.name"); value.AsString() != "" {
		if host := clean(value.AsString(), maxText); !s.hostKnown[host] {
			s.hostKnown[host] = true
			s.hosts = append(s.hosts, host)
		}
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
	own := make([]ownTime, 0, len(t.nodes)+len(t.nodes)/2)
	for _, n := range t.nodes {
		if n.context {
			continue
		}
		for _, s := range [...]*service{t.services[n.service], t.kinds[n.group]} {
			s.spans++
			s.onPath += n.onPath()
			if n.failed {
				s.errors++
			}
			if !n.open {
				s.total.add(extent{n.start, n.end})
			}
		}
		for e := range n.ownExtents {
			own = append(own, ownTime{e, n})
		}
	}
	slices.SortFunc(own, func(a, b ownTime) int { return cmp.Compare(a.start, b.start) })
	for _, o := range own {
		t.services[o.node.service].self.add(o.extent)
		t.kinds[o.node.group].self.add(o.extent)
	}
}

// ownTime is a time that a node spent in none of its children.
type ownTime struct {
	extent
	node *node
}

// self is the time that the node spent in none of its children.
func (n *node) self() time.Duration {
	self := time.Duration(0)
	for e := range n.ownExtents {
		self += e.end - e.start
	}
	return self
}

// ownExtents yields the times that the node spent in none of its children. A child may
// begin after its parent has ended, as a call does for which nobody waits.
func (n *node) ownExtents(yield func(extent) bool) {
	if n.open {
		return
	}
	at := n.start
	for _, c := range n.children {
		if c.open || c.end <= at {
			continue
		}
		if start := min(c.start, n.end); start > at && !yield(extent{at, start}) {
			return
		}
		if at = c.end; at >= n.end {
			return
		}
	}
	if n.end > at {
		yield(extent{at, n.end})
	}
}

// cover finds out how long no span is open.
func (t *tree) cover() {
	covered := union{}
	for _, n := range t.nodes {
		covered.add(extent{n.start, n.known.end})
	}
	t.outside = t.total - covered.time
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
