package waterfall

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/sdk/resource"
)

// service is what the spans of one service.name add up to.
type service struct {
	name   string // clean
	style  style
	spans  int
	errors int
	total  time.Duration // with at least one span open
	until  time.Duration // total counts up to here
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

func (s *services) index(r *resource.Resource) int {
	if i, ok := s.byResource[r]; ok {
		return i
	}
	value, _ := r.Set().Value("service.name")
	name := value.AsString()
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
	s.byResource[r] = i
	return i
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
		if end := min(c.end, n.end); end > until {
			self -= end - max(c.start, until)
			until = end
		}
	}
	return max(0, self)
}

func (t *tree) errors() int {
	n := 0
	for _, s := range t.services {
		n += s.errors
	}
	return n
}

// totals draws a table of the services, the ones with the most time of their
// own first.
func (p *picture) totals() {
	list := slices.Clone(p.tree.services)
	slices.SortStableFunc(list, func(a, b *service) int {
		return cmp.Compare(b.self, a.self)
	})
	type column struct {
		title string
		width int
		value func(*service) (style, string)
	}
	table := []column{
		{"spans", 5, func(s *service) (style, string) { return plain, strconv.Itoa(s.spans) }},
	}
	if p.tree.errors() > 0 {
		table = append(table, column{"errors", 6, func(s *service) (style, string) {
			if s.errors == 0 {
				return plain, ""
			}
			return failure, strconv.Itoa(s.errors)
		}})
	}
	table = append(table,
		column{"total time", 10, func(s *service) (style, string) { return plain, formatDuration(s.total) }},
		column{"self time", 9, func(s *service) (style, string) { return plain, formatDuration(s.self) }},
	)
	names := serviceColumns(p.tree)
	room := p.pen.width
	for _, c := range table {
		room -= gap + c.width
	}
	names = min(names, max(minName, room))

	p.pen.newline()
	p.pen.text(faint, "service")
	end := names
	for _, c := range table {
		end += gap + c.width
		p.pen.right(end, faint, c.title)
	}
	p.pen.newline()
	for _, s := range list {
		p.pen.text(s.style, clean(s.name, names))
		end := names
		for _, c := range table {
			end += gap + c.width
			style, text := c.value(s)
			p.pen.right(end, style, text)
		}
		p.pen.newline()
	}
}
