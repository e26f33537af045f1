// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// place is a path in the tree of a trace: an operation below the operations that are
// above it. All calls with this path are there, in all traces.
type place struct {
	calls      int
	own, total time.Duration
	below      map[calls.Operation]*place
	order      []calls.Operation // of below, by the first call
}

// maxDepth is the depth of the deepest place. Calls that are deeper are at the place
// above them, so that a chain of any length can be walked.
const maxDepth = 200

// add adds the calls of a trace. Each comes before its children.
func (top *place) add(list []*calls.Call) {
	type found struct {
		place *place
		depth int
	}
	places := make(map[*calls.Call]found, len(list))
	for _, c := range list {
		above := found{top, 0}
		if c.Parent != nil {
			above = places[c.Parent]
		}
		if above.depth == maxDepth {
			places[c] = above
			continue
		}
		p := above.place.below[c.Operation]
		if p == nil {
			p = &place{}
			if above.place.below == nil {
				above.place.below = map[calls.Operation]*place{}
			}
			above.place.below[c.Operation] = p
			above.place.order = append(above.place.order, c.Operation)
		}
		p.calls++
		p.own += c.Self
		p.total += c.Duration
		places[c] = found{p, above.depth + 1}
	}
}
