// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"slices"
	"time"
)

// pageRow is a row of the page's tree: a node, or a run of siblings that are
// equal in shape, which has its nodes below it.
type pageRow struct {
	run   []*node
	depth int

	inRun     bool          // the row above it with less depth is a run
	runOnPath time.Duration // of that run
}

// minPageRun is the smallest number of equal siblings that share one row. A reader
// is faster with fewer siblings if they are not behind a row.
const minPageRun = 4

// pageRows is the tree in the order of its rows when all are open.
func (t *tree) pageRows() []pageRow {
	var rows []pageRow
	// The rows that are still to come, in reverse.
	pending := siblingRows(nil, t.top, 0)
	for len(pending) > 0 {
		r := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		rows = append(rows, r)
		if len(r.run) == 1 {
			pending = siblingRows(pending, r.run[0].children, r.depth+1)
			continue
		}
		onPath := r.onPath()
		for i := range slices.Backward(r.run) {
			pending = append(pending, pageRow{run: r.run[i : i+1], depth: r.depth + 1, inRun: true, runOnPath: onPath})
		}
	}
	return rows
}

// siblingRows appends the siblings' rows in reverse.
func siblingRows(pending []pageRow, siblings []*node, depth int) []pageRow {
	at := len(pending)
	for len(siblings) > 0 {
		n := runLength(siblings)
		if n < minPageRun {
			n = 1
		}
		pending = append(pending, pageRow{run: siblings[:n], depth: depth})
		siblings = siblings[n:]
	}
	slices.Reverse(pending[at:])
	return pending
}

// The page's flags of a row.
const (
	rowFailed   = 1 << iota
	rowOpen     // it has no end
	rowRun      // it stands for a run
	rowCritical // it is on the critical path
	rowOrigin   // no failure below it made it fail
	rowMarked   // it has the mark of the critical path
)

// onPath is how long the critical path is in the row's spans. A span in a run has the
// time of the whole run, so that both are marked together.
func (r pageRow) onPath() time.Duration {
	if r.inRun {
		return r.runOnPath
	}
	sum := time.Duration(0)
	for _, n := range r.run {
		sum += n.onPath()
	}
	return sum
}

// markedRows returns the shortest time on the critical path of a row with the mark.
func markedRows(rows []pageRow) time.Duration {
	var times []time.Duration
	for _, r := range rows {
		if !r.inRun {
			times = append(times, r.onPath())
		}
	}
	return leastMarked(times)
}

func (r pageRow) flags(marked time.Duration) int {
	flags := 0
	n := r.run[0]
	if n.failed {
		flags |= rowFailed
		if n.cause() == nil {
			flags |= rowOrigin
		}
	}
	if n.open {
		flags |= rowOpen
	}
	if len(r.run) > 1 {
		flags |= rowRun
	}
	for _, n := range r.run {
		if n.critical {
			flags |= rowCritical
		}
	}
	if r.onPath() >= marked && (!r.inRun || n.onPath() > 0) {
		flags |= rowMarked
	}
	return flags
}

func (r pageRow) name() string { return commonName(r.run) }
