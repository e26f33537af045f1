// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tree is a trace in the order in which it is drawn.
type tree struct {
	top      []*node
	nodes    []*node    // by start
	services []*service // in the order of their first span
	kinds    []*service // the same for the spans of a kind
	traces   int        // how many trace ids there are
	first    time.Time  // where the axis begins; zero if no span has a time
	total    time.Duration
	outside  time.Duration // how long no span is open
	idle     time.Duration // how long the critical path is in no span
	waited   time.Duration // how long it waits in no span, for a cause that is not known
	hosts    []string      // clean, in the order of their first span
	marked   time.Duration // the shortest time on the critical path of a line with the mark
	shapes   int           // how many shapes the nodes have
	folding  folding
	walks    walker
	labels   Labels
}

// node is a span. Its times are durations since the trace's first start.
type node struct {
	span       sdktrace.ReadOnlySpan
	title      string // its name in the labels, which may be long and hostile
	name       string // clean, with its detail and without long ids
	kind       string // name without any ids
	service    int    // index in tree.services
	group      int    // index in tree.kinds
	start, end time.Duration
	open       bool // its end is unknown
	noStart    bool
	failed     bool
	expected   bool   // the program wanted that it fails, so failed is false
	reason     string // clean: why it failed
	note       string // clean: why it failed, and what is unusual about it
	wait       *wait  // the wait that the note is about, or nil
	ownNote    string // what the note is without that
	parent     *node
	children   []*node // by start
	seen       int     // the first walk of cutCycles that came by
	likeness   int     // equal in nodes of one kind, service and trouble
	shape      int     // equal in subtrees that are equal in shape
	size       int     // how many spans the subtree has
	errors     int     // how many spans below it failed
	trouble    bool    // something below it failed or has a note
	context    bool    // it is shown only for the spans below it

	known         extent        // its time, as far as it is known
	last          time.Duration // the known end of what ends last in the subtree
	before        time.Duration // when all earlier siblings have ended
	index         int32         // its place among its siblings
	onStack       int32         // its place in the stack of criticalWalk, from 1 on
	critical      bool          // it is on the critical path
	criticalSelf  time.Duration // how long the path is in it and in none of its children
	criticalAfter time.Duration // the same after its end, between things that it began
	criticalWait  time.Duration // how long it waits for a cause that is not known
	criticalParts []extent      // when all that is, the last first
	criticalBelow time.Duration // how long the path is in it and in the spans below it
}

func (n *node) duration() time.Duration { return n.end - n.start }

func newTree(spans []sdktrace.ReadOnlySpan, labels Labels) *tree {
	t := &tree{labels: labels}
	nodes := t.place(spans)
	slices.SortStableFunc(nodes, func(a, b *node) int { return cmp.Compare(a.start, b.start) })
	t.link(nodes)
	cutCycles(nodes)
	for _, n := range nodes {
		if n.parent == nil {
			t.top = append(t.top, n)
		} else {
			n.parent.children = append(n.parent.children, n)
		}
	}
	t.nodes = nodes
	t.describe()
	order := t.order(len(nodes))
	t.markCritical(order)
	t.count()
	t.cover()
	t.measure(order)
	return t
}

// order lists the nodes so that parents come before their children.
func (t *tree) order(count int) []*node {
	order := append(make([]*node, 0, count), t.top...)
	for i := 0; i < len(order); i++ {
		order = append(order, order[i].children...)
	}
	return order
}

// place makes a node of each span and puts it on the axis. A span without a
// start is put at its end, and one without an end goes on to the end of the
// axis.
func (t *tree) place(spans []sdktrace.ReadOnlySpan) []*node {
	var first, last time.Time
	for _, s := range spans {
		for _, at := range [...]time.Time{wall(s.StartTime()), wall(s.EndTime())} {
			if at.IsZero() {
				continue
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	t.first, t.total = first, last.Sub(first)
	all := make([]node, len(spans))
	nodes := make([]*node, len(spans))
	for i, s := range spans {
		n := &all[i]
		*n = node{span: s, end: t.total}
		n.noStart, n.open = t.labels.missing(s)
		if !n.open {
			n.end = wall(s.EndTime()).Sub(first)
		}
		switch {
		case !s.StartTime().IsZero():
			n.start = wall(s.StartTime()).Sub(first)
		case !n.open:
			n.start = n.end
		}
		n.end = max(n.end, n.start)
		nodes[i] = n
	}
	return nodes
}

// wall drops the reading of the monotonic clock, which only some spans have.
func wall(t time.Time) time.Time { return t.Round(0) }

// link finds the parents. If several spans have one id, the earliest has the
// children.
func (t *tree) link(nodes []*node) {
	type key struct {
		trace trace.TraceID
		span  trace.SpanID
	}
	byID := make(map[key]*node, len(nodes))
	traces := map[trace.TraceID]struct{}{}
	for _, n := range nodes {
		id := n.span.SpanContext()
		traces[id.TraceID()] = struct{}{}
		k := key{id.TraceID(), id.SpanID()}
		if _, taken := byID[k]; !taken && id.HasSpanID() {
			byID[k] = n
		}
	}
	for _, n := range nodes {
		n.parent = byID[key{n.span.SpanContext().TraceID(), n.span.Parent().SpanID()}]
	}
	t.traces = len(traces)
}

// cutCycles puts one span of each circle of parents at the top, so that every
// span can be reached from there.
func cutCycles(nodes []*node) {
	for i, from := range nodes {
		walk := i + 1
		n := from
		for n != nil && n.seen == 0 {
			n.seen = walk
			n = n.parent
		}
		if n != nil && n.seen == walk {
			n.parent = nil
		}
	}
}
