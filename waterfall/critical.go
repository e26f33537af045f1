// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// markCritical finds the critical path: at each moment of the trace, the one span
// that the end of the trace waited for. It is walked backwards from the end of the
// root. Of the children that have ended by then, the last one to end is on the path,
// from its end back to its start, and so on from there. The time between two children
// is the parent's own time on the path. If a child begins before its parent, or ends
// after a parent that waited for it, only the part inside the parent is on the path,
// as in Jaeger's user interface.
//
// Where a span waited for work that it did not call, the path goes on in that work;
// see wait.
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
		numberSiblings(n.children)
	}
	numberSiblings(t.top)
	w := criticalWalk{tree: t}
	all := node{children: t.top, service: -1}
	if len(t.top) == 1 {
		root := t.top[0]
		w.enter(root, root.known, root.known.end)
	} else {
		w.enter(&all, extent{0, t.total}, t.total)
	}
	for len(w.stack) > 0 {
		w.step()
	}
	t.idle, t.waited = all.criticalSelf, all.criticalWait
	for _, wait := range w.waits {
		t.explain(wait)
	}
}

// numberSiblings tells each of the siblings its place, and when all earlier ones have
// ended.
func numberSiblings(siblings []*node) {
	end := time.Duration(0)
	for i, n := range siblings {
		n.index, n.before = int32(i), end
		end = max(end, n.known.end)
	}
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

// outlives reports whether the node ends after its parent.
func (n *node) outlives() bool { return n.parent != nil && n.known.end > n.parent.known.end }

// awaited reports whether the parent can have waited for the node. A span that ends
// before its child did not wait for it, if one clock measured both. Otherwise the two
// clocks can disagree. A consumer of a message has a sender that does not wait
// (OpenTelemetry's specification, SpanKind).
func (n *node) awaited() bool {
	if !n.outlives() {
		return true
	}
	kind := n.span.SpanKind()
	return kind == trace.SpanKindServer || kind != trace.SpanKindConsumer && n.service != n.parent.service
}

// onPath is how long the path is in the node and in none of its children.
func (n *node) onPath() time.Duration { return n.criticalSelf + n.criticalAfter + n.criticalWait }

// criticalWalk is the way back through the trace.
type criticalWalk struct {
	tree   *tree
	stack  []criticalStep
	leaves []departure // those of the steps on the stack, one after the other
	late   lateSpans
	waits  []*wait
	wait   *wait // the last of the waits, while the path is in the time of it
}

// criticalStep is a span on the path. The time after at has been walked. It is after
// the extent's end where the path comes from work that goes on after the span.
type criticalStep struct {
	node   *node
	extent extent
	at     time.Duration
	child  *node // the one from which the path comes back to the span
	busy   bool  // the span does not pause between its requests
	leaves int   // where its departures begin
	next   int   // the departure to be looked at
}

// departure is a time at which the way back can leave a span for its child.
type departure struct {
	at    time.Duration
	child *node
}

// enter puts n on the path: the part of it that lies in e and before at. If at is
// after the end of n, the path comes from work that n began and that went on after it.
func (w *criticalWalk) enter(n *node, e extent, at time.Duration) {
	n.critical = true
	s := criticalStep{node: n, extent: e, at: at, leaves: len(w.leaves), next: len(w.leaves)}
	for _, c := range n.children {
		end := c.known.end
		switch {
		case at > n.known.end && c.last > n.known.end:
			if c.last > end {
				w.leaves = append(w.leaves, departure{c.last, c})
			}
		case c.awaited():
			end = min(end, e.end)
		default:
			continue
		}
		w.leaves = append(w.leaves, departure{end, c})
	}
	// If two end together, the longer one accounts for more of the time.
	slices.SortStableFunc(w.leaves[s.leaves:], func(a, b departure) int {
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.child.known.start, b.child.known.start))
	})
	w.stack = append(w.stack, s)
	n.onStack = int32(len(w.stack))
}

// step goes back in the innermost span to the child that ended last, or to the
// span's start and out of it.
func (w *criticalWalk) step() {
	s := &w.stack[len(w.stack)-1]
	if s.child != nil && w.waited(s) {
		return
	}
	for s.next < len(w.leaves) {
		d := w.leaves[s.next]
		s.next++
		start := max(d.child.known.start, s.extent.start)
		if d.at > s.at || d.at <= start {
			continue
		}
		w.own(s, d.at)
		s.at, s.child = start, d.child
		w.enter(d.child, extent{start, min(d.child.known.end, d.at)}, d.at)
		return
	}
	w.own(s, s.extent.start)
	w.leave(len(w.stack) - 1)
}

// leave takes the steps from the given one on from the stack.
func (w *criticalWalk) leave(from int) {
	for _, s := range w.stack[from:] {
		s.node.onStack = 0
	}
	w.leaves = w.leaves[:w.stack[from].leaves]
	w.stack = w.stack[:from]
}

// own adds the time back to until to the span's own time on the path. The part of it
// that is after the span's end is counted apart: then the work was between two things
// that the span had begun.
func (w *criticalWalk) own(s *criticalStep, until time.Duration) {
	n := s.node
	n.criticalAfter += w.part(n, extent{max(until, s.extent.end), s.at})
	n.criticalSelf += w.part(n, extent{max(until, s.extent.start), min(s.at, s.extent.end)})
	s.at = min(s.at, max(until, s.extent.start))
}

// part adds a part of the path, and returns how long it is.
func (w *criticalWalk) part(n *node, e extent) time.Duration {
	if e.end <= e.start {
		return 0
	}
	n.criticalParts = append(n.criticalParts, e)
	if w.wait != nil && !w.wait.add(n.service, e) {
		w.wait = nil
	}
	return e.end - e.start
}
