// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// maxSlowest is the most lines in the table of the critical path.
const maxSlowest = 5

// slow has the spans on the critical path that have one kind of name and one
// service.
type slow struct {
	node  *node // the first
	spans int
	self  time.Duration // on the critical path, and in none of their children
}

// slowest adds up the critical path by kind of name and service, and returns those
// with the most time first.
func (t *tree) slowest() []slow {
	var list []slow
	at := map[likeness]int{}
	for _, n := range t.nodes {
		if !n.critical || n.context || n.criticalSelf == 0 {
			continue
		}
		key := likeness{service: n.service, kind: n.kind}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, slow{node: n})
		}
		list[i].spans++
		list[i].self = addDuration(list[i].self, n.criticalSelf)
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
		name := s.node.name
		if s.spans > 1 {
			name = number(s.spans) + " × " + s.node.kind
		}
		service := t.services[s.node.service]
		services = max(services, columns(service.name))
		add(name, text{service.style, service.name}, s.self)
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
