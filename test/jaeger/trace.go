// SPDX-License-Identifier: Apache-2.0

package jaeger

import (
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Span is a span in Jaeger's store. Ids are in hex, and ParentSpanID is empty
// if the span has no parent.
type Span struct {
	Service, Scope, Name          string
	Kind                          trace.SpanKind
	TraceID, SpanID, ParentSpanID string
	Start, End                    time.Time
	Attributes                    map[string]any
}

// Trace has the spans of one trace in Jaeger, in the order in which they
// arrived. A span that arrived twice is in it twice.
type Trace []Span

// Roots returns the spans without a parent.
func (spans Trace) Roots() Trace {
	return spans.Where(func(s Span) bool { return s.ParentSpanID == "" })
}

// Lost returns the spans whose parent is missing.
func (spans Trace) Lost() Trace {
	there := spans.byID()
	return spans.Where(func(s Span) bool {
		_, ok := there[s.ParentSpanID]
		return s.ParentSpanID != "" && !ok
	})
}

// Twice returns the spans with the id of an earlier span.
func (spans Trace) Twice() Trace {
	seen := map[string]bool{}
	return spans.Where(func(s Span) bool {
		twice := seen[s.SpanID]
		seen[s.SpanID] = true
		return twice
	})
}

// Where returns the spans for which is returns true.
func (spans Trace) Where(is func(Span) bool) Trace {
	var found Trace
	for _, s := range spans {
		if is(s) {
			found = append(found, s)
		}
	}
	return found
}

// Services returns the names of the services, each with the number of its
// spans.
func (spans Trace) Services() map[string]int {
	services := map[string]int{}
	for _, s := range spans {
		services[s.Service]++
	}
	return services
}

// Above returns the spans above s, the nearest first.
func (spans Trace) Above(s Span) Trace { return spans.above(s, spans.byID()) }

func (spans Trace) above(s Span, there map[string]Span) Trace {
	var above Trace
	for parent, ok := there[s.ParentSpanID]; ok && len(above) < len(spans); parent, ok = there[parent.ParentSpanID] {
		above = append(above, parent)
	}
	return above
}

func (spans Trace) byID() map[string]Span {
	there := make(map[string]Span, len(spans))
	for _, s := range spans {
		there[s.SpanID] = s
	}
	return there
}

// Tree returns an error if a trace is not one tree: it has no root or several,
// the parent of a span is missing, a span is there twice, or spans hang under
// one another in a cycle.
func (spans Trace) Tree() error { return spans.TreeBeside(nil) }

// TreeBeside does the same as Tree, but spans may hang under spans with these
// ids, which are elsewhere.
func (spans Trace) TreeBeside(elsewhere map[string]bool) error {
	if roots := spans.Roots(); len(roots) != 1 {
		return fmt.Errorf("%d roots among %d spans: %v", len(roots), len(spans), roots)
	}
	if lost := spans.Lost().Where(func(s Span) bool { return !elsewhere[s.ParentSpanID] }); len(lost) > 0 {
		return fmt.Errorf("%d of %d spans lack their parent: %v", len(lost), len(spans), lost)
	}
	if twice := spans.Twice(); len(twice) > 0 {
		return fmt.Errorf("%d of %d spans are there twice: %v", len(twice), len(spans), twice)
	}
	there := spans.byID()
	unrooted := spans.Where(func(s Span) bool {
		above := append(Trace{s}, spans.above(s, there)...)
		top := above[len(above)-1].ParentSpanID
		return top != "" && !elsewhere[top]
	})
	if len(unrooted) > 0 {
		return fmt.Errorf("%d of %d spans hang under no root: %v", len(unrooted), len(spans), unrooted)
	}
	return nil
}

// String returns the span's service, name and id, for the messages of tests.
func (s Span) String() string { return s.Service + " " + s.Name + " " + s.SpanID }

// String lists up to ten spans. For more it returns the number of spans of each
// service.
func (spans Trace) String() string {
	if len(spans) > 10 {
		return fmt.Sprintf("%v, such as %v", spans.Services(), spans[0])
	}
	return fmt.Sprint([]Span(spans))
}
