// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// maxSlowest is the most lines in the table of the critical path.
const maxSlowest = 8

// slow has the time on the critical path of the spans that have one kind of name and
// one service.
type slow struct {
	part  int
	node  *node // the first
	spans int
	self  time.Duration
}

// The parts of the time of a span on the path.
const (
	partSelf = iota
	partAfter
	partWait
)

// slowKey is what the spans of one line of the table have in common.
type slowKey struct {
	part, service int
	kind          string
}

// name is the text in the first column.
func (s slow) name() string {
	if s.part == partWait {
		return unexplained
	}
	name := s.node.name
	if s.spans > 1 {
		name = number(s.spans) + " × " + s.node.kind
	}
	if s.part == partAfter {
		return "after " + name
	}
	return name
}

// slowest adds up the critical path by kind of name and service, and returns those
// with the most time first.
func (t *tree) slowest() []slow {
	var list []slow
	at := map[slowKey]int{}
	for _, n := range t.nodes {
		if n.context {
			continue
		}
		for part, self := range [...]time.Duration{n.criticalSelf, n.criticalAfter, n.criticalWait} {
			if self == 0 {
				continue
			}
			key := slowKey{part, n.service, n.kind}
			if part == partWait {
				key.kind = ""
			}
			i, ok := at[key]
			if !ok {
				i = len(list)
				at[key] = i
				list = append(list, slow{part: part, node: n})
			}
			list[i].spans++
			list[i].self = addDuration(list[i].self, self)
		}
	}
	slices.SortStableFunc(list, func(a, b slow) int { return cmp.Compare(b.self, a.self) })
	return list
}

// critical draws a table of the spans that take most of the critical path's time.
func (p *picture) critical() {
	t := p.tree
	list := t.slowest()
	if len(t.nodes) == 1 || len(list) == 0 {
		return
	}
	names := p.pen.width >= minWithService
	services := len("service")
	var rows [][]text
	add := func(name string, service text, self time.Duration) {
		row := []text{{plain, name}}
		if names {
			row = append(row, service)
		}
		share := fmt.Sprintf("%.0f%%", 100*float64(self)/float64(t.total))
		rows = append(rows, append(row, text{plain, FormatDuration(self)}, text{plain, share}))
	}
	for _, s := range list[:min(len(list), maxSlowest)] {
		service := t.services[s.node.service]
		services = max(services, columns(service.name))
		add(s.name(), text{service.style, service.name}, s.self)
	}
	if len(list) > maxSlowest {
		rest := time.Duration(0)
		for _, s := range list[maxSlowest:] {
			rest = addDuration(rest, s.self)
		}
		add(plural(len(list)-maxSlowest, "other"), text{}, rest)
	}
	if t.waited > 0 {
		add(unexplained, text{}, t.waited)
	}
	if t.idle > 0 {
		add("between the spans at the top", text{}, t.idle)
	}
	others := []tableColumn{{title: "self time", width: 9}, {title: "share", width: 5}}
	if names {
		others = slices.Insert(others, 0, tableColumn{"service", min(services, p.pen.width*3/10), true})
	}
	p.table(criticalMark+" critical path", others, rows)
}
