// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"time"
)

// markCritical finds the critical path: the spans that the end of the trace
// waited for. It is walked backwards from the end of the root. Of the children
// that have ended by then, the last one to end is on the path, from its end back
// to its start, and so on from there. The time between two children is the
// parent's own time on the path. If a child begins before its parent or ends
// after it, only the part inside the parent is on the path, as in Jaeger's user
// interface.
//
// A trace with several spans at the top, such as the trace of a client without
// spans of its own, is walked from the end of its last span, as if all of them
// had one parent without any time of its own. In such a trace, work that goes on
// after the span at the top has ended is on the path too, such as a job that runs
// on after the answer to the request for it. Otherwise nothing would account for
// the end of the trace.
//
// A span without an end or a start has the time that is known of its children.
func (t *tree) markCritical(order []*node) {
	for _, n := range slices.Backward(order) {
		n.known = n.knownExtent()
		n.last = n.known.end
		for _, c := range n.children {
			n.last = max(n.last, c.last)
		}
	}
	w := criticalWalk{}
	all := node{children: t.top}
	if len(t.top) == 1 {
		root := t.top[0]
		w.enter(root, root.known, root.known.end)
	} else {
		w.enter(&all, extent{0, t.total}, t.total)
	}
	for len(w.stack) > 0 {
		w.step()
	}
	t.idle = all.criticalSelf
}

// extent is a time from start to end, since the trace's first start.
type extent struct{ start, end time.Duration }

// knownExtent is the node's time, without the part of which nothing is known. It
// must have been found for the children before.
func (n *node) knownExtent() extent {
	e := extent{n.start, n.end}
	if n.open {
		e.end = n.start
	}
	for _, c := range n.children {
		if n.open {
			e.end = max(e.end, c.known.end)
		}
		if n.noStart {
			e.start = min(e.start, c.known.start)
		}
	}
	return e
}

// criticalWalk is the way back through the trace.
type criticalWalk struct {
	stack  []criticalStep
	leaves []departure // those of the steps on the stack, one after the other
}

// criticalStep is a span on the path. The time after at has been walked.
type criticalStep struct {
	node   *node
	extent extent
	at     time.Duration
	leaves int // where its departures begin
	next   int // the departure to be looked at
}

// departure is a time at which the way back can leave a span for its child.
type departure struct {
	at    time.Duration
	child *node
}

// enter puts n on the path: the part of it that lies in e and before at. For a
// span at the top, at is after e.end if work that the span began goes on after it.
func (w *criticalWalk) enter(n *node, e extent, at time.Duration) {
	n.critical = true
	s := criticalStep{node: n, extent: e, at: at, leaves: len(w.leaves), next: len(w.leaves)}
	for _, c := range n.children {
		if c.last > n.known.end {
			w.leaves = append(w.leaves, departure{c.last, c})
		}
		w.leaves = append(w.leaves, departure{min(c.known.end, e.end), c})
	}
	// If two end together, the longer one accounts for more of the time.
	slices.SortStableFunc(w.leaves[s.leaves:], func(a, b departure) int {
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.child.known.start, b.child.known.start))
	})
	w.stack = append(w.stack, s)
}

// step goes back in the innermost span to the child that ended last, or to the
// span's start and out of it.
func (w *criticalWalk) step() {
	s := &w.stack[len(w.stack)-1]
	for s.next < len(w.leaves) {
		d := w.leaves[s.next]
		s.next++
		start := max(d.child.known.start, s.extent.start)
		if d.at > s.at || d.at <= start {
			continue
		}
		s.own(d.at)
		s.at = start
		end := min(d.child.known.end, d.at)
		w.enter(d.child, extent{start, end}, d.at)
		return
	}
	s.own(s.extent.start)
	w.leaves = w.leaves[:s.leaves]
	w.stack = w.stack[:len(w.stack)-1]
}

// own adds the time back to until to the span's own time on the path.
func (s *criticalStep) own(until time.Duration) {
	part := extent{max(until, s.extent.start), min(s.at, s.extent.end)}
	if part.end > part.start {
		s.node.criticalSelf += part.end - part.start
		s.node.criticalParts = append(s.node.criticalParts, part)
	}
}
