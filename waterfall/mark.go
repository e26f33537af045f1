// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"slices"
	"time"
)

// The lines with the mark of the critical path have at least this share of its time:
// four fifths.
const (
	markedShare = 4
	markedOf    = 5
)

// leastMarked returns the shortest time on the critical path for which a line has the
// mark, so that as few lines as possible have four fifths of all the time that is
// given, and perhaps more if some lines have the same time. If there is no time, the
// result is longer than any.
func leastMarked(times []time.Duration) time.Duration {
	times = slices.DeleteFunc(times, func(d time.Duration) bool { return d <= 0 })
	slices.Sort(times)
	all := time.Duration(0)
	for _, d := range times {
		all += d
	}
	sum := time.Duration(0)
	for _, d := range slices.Backward(times) {
		if sum += d; sum >= all-all*(markedOf-markedShare)/markedOf {
			return d
		}
	}
	return 1<<63 - 1
}

// onPath is how long the critical path is in the spans of the line.
func (l line) onPath() time.Duration {
	sum := time.Duration(0)
	for _, n := range l.run {
		switch {
		case l.folded:
			sum += n.criticalBelow
		case !n.context:
			sum += n.onPath()
		}
	}
	for _, n := range l.layers {
		if !n.context {
			sum += n.onPath()
		}
	}
	return sum
}

// mark finds the lines that have the mark of the critical path.
func (t *tree) mark() {
	var times []time.Duration
	t.walk(func(l line) { times = append(times, l.onPath()) })
	t.marked = leastMarked(times)
}

// isMarked reports whether the line has the mark of the critical path.
func (t *tree) isMarked(l line) bool { return l.onPath() >= t.marked }
