package waterfall

import (
	"cmp"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// kinds adds the spans up by what kind of point they are.
func (d *pageData) kinds() []*service {
	var nodes []*node
	for _, r := range d.rows {
		if len(r.run) == 1 {
			nodes = append(nodes, r.run[0])
		}
	}
	slices.SortStableFunc(nodes, func(a, b *node) int { return cmp.Compare(a.start, b.start) })
	var kinds table[string]
	var list []*service
	for _, n := range nodes {
		i := kinds.number(point(n.span))
		if i == len(list) {
			list = append(list, &service{name: kinds.list[i]})
		}
		list[i].count(n)
	}
	return list
}

// point is the name of the OSProfiler point that the span comes from, else the
// span's kind.
func point(s sdktrace.ReadOnlySpan) string {
	return cmp.Or(attributeValue(s, "osprofiler.point"), spanKind(s))
}

func spanKind(s sdktrace.ReadOnlySpan) string {
	return trace.ValidateSpanKind(s.SpanKind()).String()
}

type pageTotal struct {
	Name   string        `json:"name"`
	Spans  int           `json:"spans"`
	Errors int           `json:"errors"`
	Total  time.Duration `json:"total"`
	Self   time.Duration `json:"self"`
}

func pageTotals(list []*service) []pageTotal {
	totals := make([]pageTotal, len(list))
	for i, s := range list {
		totals[i] = pageTotal{s.name, s.spans, s.errors, s.total, s.self}
	}
	return totals
}
