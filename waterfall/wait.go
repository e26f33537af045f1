// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	// minPause is the shortest time without a request that is a pause between
	// two polls. Programs that poll pause for a tenth of a second or longer.
	// Programs that have work to do between two requests are faster.
	minPause = 50 * time.Millisecond

	// minPausePart is the smallest part of the pause before, too. A program can ask
	// once more, at once, when it has seen the state that it waited for.
	minPausePart = 10

	surePolls  = 3  // so many requests are polls, however long their answers took
	maxApart   = 16 // siblings between a poll and the one before it
	maxCauses  = 32 // that are looked at for one wait
	maxBetween = 64 // spans between a cause and the common span above it and the wait

	manyNamed = 3  // services in a note about a wait
	minNamed  = 20 // part of the wait with which another service is named
)

// unexplained is the note on a wait, and its name in the table of the critical path.
const unexplained = "waiting, cause not in the trace"

// wait is the time in which a span paused between requests for one thing until it had
// the state that the span waited for, such as a server that is built.
//
// The span does not call the work that it waits for, so the work is not below it. An
// earlier request of the program has begun it, for example by a message to a queue,
// and it goes on after the answer to that request. If the last request saw the new
// state and the one before it did not, then the state changed between the start of
// the one before and the end of the last one. So a span that ended in that time, and
// outlived the request that began it, can be the cause. If there are several, it is
// the one that ended last, of those that have the most spans above them in common
// with the wait.
type wait struct {
	node  *node   // the span that waits; it has no span if it is the one above the top
	polls []*node // the requests, or the last one if the one before it had another method
	begin time.Duration
	cause *node                 // nil if it is not in the trace
	times map[int]time.Duration // how long the path was in each service
}

// waited looks for a wait before the child from which the path comes back to the step.
// If its cause is known, the path goes on there, and waited returns true. Otherwise
// all the time of the wait is the span's own.
func (w *criticalWalk) waited(s *criticalStep) bool {
	last := s.child
	s.child = nil
	if last.index == 0 || last.known.start != s.at || s.at-last.before < minPause || s.node.span != nil && s.at > s.node.known.end {
		return false
	}
	siblings := s.node.children
	earlier := last.asksAgain(siblings)
	if earlier == nil || s.at-last.before < (earlier.known.start-earlier.before)/minPausePart && earlier.asksAgain(siblings) != nil {
		return false
	}
	if cause, common := w.cause(s, last, earlier.known.start); cause != nil {
		wait, _ := newWait(s, last, earlier, siblings)
		wait.cause = cause
		w.jump(s, wait, common)
		return true
	}
	if s.busy || earlier.kind != last.kind && !last.expected {
		return false
	}
	wait, asleep := newWait(s, last, earlier, siblings)
	if len(wait.polls) < surePolls && 2*asleep < s.at-wait.begin {
		s.busy = true
		return false
	}
	s.node.criticalWait += w.part(s.node, extent{wait.begin, s.at})
	s.at = wait.begin
	w.waits = append(w.waits, wait)
	return false
}

// asksAgain returns the sibling that the node is a repetition of: the last one before
// it that asked for the same thing, if there are only requests of its kind between. It
// is nil for a node that is not an HTTP request.
func (n *node) asksAgain(siblings []*node) *node {
	request := requestOf(n.span)
	if request.path == "" {
		return nil
	}
	for i := int(n.index) - 1; i >= max(0, int(n.index)-maxApart); i-- {
		c := siblings[i]
		switch {
		case c.service != n.service:
			return nil
		case request.isFor(c):
			return c
		case c.kind != n.kind:
			return nil
		}
	}
	return nil
}

// newWait finds the requests of a wait, and how long the span paused between them.
func newWait(s *criticalStep, last, earlier *node, siblings []*node) (found *wait, asleep time.Duration) {
	request := requestOf(last.span)
	first, asked := int(last.index), time.Duration(0)
	for first > 0 {
		c := siblings[first-1]
		if c.service != last.service || c.kind != last.kind || !request.isFor(c) || siblings[first].known.start-siblings[first].before < minPause {
			break
		}
		asked += c.known.end - c.known.start
		first--
	}
	begin := earlier.known.end
	if first < int(last.index) {
		begin = siblings[first].known.start
	}
	begin = max(begin, s.extent.start)
	return &wait{node: s.node, polls: siblings[first : last.index+1], begin: begin}, s.at - begin - asked
}

// cause finds the cause of a wait that ended with the request last, after a request
// that began at the time after. common is the place in the stack of the innermost span
// above both the wait and the cause.
func (w *criticalWalk) cause(s *criticalStep, last *node, after time.Duration) (cause *node, common int) {
	common = -1
	list := w.late.until(w.tree, last.known.end)
	for i := range min(len(list), maxCauses) {
		n := list[len(list)-1-i]
		if n.known.end <= after {
			break
		}
		if at := w.above(s, n, last); at > common {
			cause, common = n, at
		}
	}
	return cause, common
}

// above returns the place in the stack of the innermost span above both n and the
// wait, or -1 if n can't be the cause of the wait: if it is a part of one of the
// requests, if the path has been in a span above it, or if the request that began it
// ended after it.
func (w *criticalWalk) above(s *criticalStep, n, last *node) int {
	start, top := n.known.start, n
	for range maxBetween {
		if top.critical {
			return -1
		}
		if top.parent == nil || top.parent.onStack > 0 {
			end := min(n.known.end, s.at)
			if top.known.end >= n.known.end || start >= end || s.extent.start >= end || top.service == last.service && top.kind == last.kind {
				return -1
			}
			if top.parent == nil {
				return 0
			}
			return int(top.parent.onStack) - 1
		}
		top = top.parent
		start = max(start, top.known.start)
	}
	return -1
}

// jump leaves a wait for its cause. When the path has been through the cause, it goes
// on in the spans above it, at the time at which each of them began the next one.
func (w *criticalWalk) jump(s *criticalStep, found *wait, common int) {
	cause := found.cause
	end := min(cause.known.end, s.at)
	w.own(s, end)
	if w.wait == nil {
		found.times = map[int]time.Duration{}
		w.wait = found
		w.waits = append(w.waits, found)
	}
	if common+1 < len(w.stack) {
		w.leave(common + 1)
	}
	var below []*node // the spans from the common one to the cause, the cause first
	for n := cause; n != nil && n.onStack == 0; n = n.parent {
		below = append(below, n)
	}
	for i, n := range slices.Backward(below) {
		s := &w.stack[len(w.stack)-1]
		start := max(n.known.start, s.extent.start)
		s.at, s.child = start, n
		if i == 0 {
			w.enter(n, extent{start, end}, end)
		} else {
			w.enter(n, extent{start, n.known.end}, max(below[i-1].known.start, start))
		}
	}
}

// add counts a part of the path for the service that it is in. It reports whether the
// path is still in the time of the wait.
func (w *wait) add(service int, e extent) bool {
	if e.end <= w.begin {
		return false
	}
	w.times[service] += e.end - max(e.start, w.begin)
	return true
}

// explain writes a note on the span that waited, if it does nothing else, or else on
// its requests.
func (t *tree) explain(w *wait) {
	text := t.reasonOf(w)
	nodes := w.polls
	if w.node.span != nil && len(nodes) == len(w.node.children) {
		nodes = []*node{w.node}
	}
	for _, n := range nodes {
		n.wait, n.ownNote = w, n.note
		if n.note != "" {
			n.note += ", "
		}
		n.note += text
	}
}

// reasonOf says what a wait was for: the services that worked in its time, the one
// that took longest first.
func (t *tree) reasonOf(w *wait) string {
	if w.cause == nil {
		return unexplained
	}
	type share struct {
		service int
		time    time.Duration
	}
	var shares []share
	all, others := time.Duration(0), time.Duration(0)
	for service, time := range w.times {
		if service != w.polls[0].service {
			shares = append(shares, share{service, time})
			all += time
		}
	}
	slices.SortFunc(shares, func(a, b share) int { return cmp.Or(cmp.Compare(b.time, a.time), cmp.Compare(a.service, b.service)) })
	if len(shares) == 0 {
		return "waiting for " + w.cause.name
	}
	var parts []string
	for i, s := range shares {
		if i >= manyNamed && s.time < all/minNamed {
			others += s.time
			continue
		}
		parts = append(parts, t.services[s.service].name+" "+FormatDuration(s.time))
	}
	if others > 0 {
		parts = append(parts, "others "+FormatDuration(others))
	}
	return "waiting for " + strings.Join(parts, ", ")
}

// lateSpans are the spans that end after their parents, by their ends.
type lateSpans struct {
	list  []*node
	found bool
}

// until returns those that end at the given time or before it.
func (l *lateSpans) until(t *tree, end time.Duration) []*node {
	if !l.found {
		l.found = true
		for _, n := range t.nodes {
			if n.outlives() {
				l.list = append(l.list, n)
			}
		}
		slices.SortStableFunc(l.list, func(a, b *node) int { return cmp.Compare(a.known.end, b.known.end) })
	}
	after, _ := slices.BinarySearchFunc(l.list, end, func(n *node, end time.Duration) int {
		if n.known.end <= end {
			return -1
		}
		return 1
	})
	return l.list[:after]
}
