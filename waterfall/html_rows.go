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
	depth int32
	inRun int32 // for a span in a run, the run's place in pageTable.runs, from 1 on
}

// pageTable has the rows of a page.
type pageTable struct {
	rows []pageRow
	runs []time.Duration // how long the critical path is in each run
}

// minPageRun is the smallest number of equal siblings that share one row. A reader
// is faster with fewer siblings if they are not behind a row.
const minPageRun = 4

// pageRows is the tree in the order of its rows when all are open.
func (t *tree) pageRows() pageTable {
	var table pageTable
	// The rows that are still to come, in reverse.
	pending := siblingRows(nil, t.top, 0)
	for len(pending) > 0 {
		r := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		table.rows = append(table.rows, r)
		if len(r.run) == 1 {
			pending = siblingRows(pending, r.run[0].children, r.depth+1)
			continue
		}
		table.runs = append(table.runs, table.onPath(r))
		for i := range slices.Backward(r.run) {
			pending = append(pending, pageRow{r.run[i : i+1], r.depth + 1, int32(len(table.runs))})
		}
	}
	return table
}

// siblingRows appends the siblings' rows in reverse.
func siblingRows(pending []pageRow, siblings []*node, depth int32) []pageRow {
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
func (t *pageTable) onPath(r pageRow) time.Duration {
	if r.inRun > 0 {
		return t.runs[r.inRun-1]
	}
	sum := time.Duration(0)
	for _, n := range r.run {
		sum += n.onPath()
	}
	return sum
}

// leastMarked returns the shortest time on the critical path of a row with the mark.
func (t *pageTable) leastMarked() time.Duration {
	times := make([]time.Duration, 0, len(t.rows))
	for _, r := range t.rows {
		if r.inRun == 0 {
			times = append(times, t.onPath(r))
		}
	}
	return leastMarked(times)
}

func (t *pageTable) flags(r pageRow, marked time.Duration) int {
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
	if t.onPath(r) >= marked && (r.inRun == 0 || n.onPath() > 0) {
		flags |= rowMarked
	}
	return flags
}

func (r pageRow) name() string { return commonName(r.run) }
