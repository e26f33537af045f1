// SPDX-License-Identifier: Apache-2.0

package waterfall

import "slices"

// pageRow is a row of the page's tree: a node, or a run of siblings that are
// equal in shape, which has its nodes below it.
type pageRow struct {
	run   []*node
	depth int
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
		for i := range slices.Backward(r.run) {
			pending = append(pending, pageRow{r.run[i : i+1], r.depth + 1})
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
		pending = append(pending, pageRow{siblings[:n], depth})
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
)

func (r pageRow) flags() int {
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
	return flags
}

func (r pageRow) name() string {
	n := r.run[0]
	for _, other := range r.run[1:] {
		if other.name != n.name {
			return n.kind
		}
	}
	return n.name
}
