// SPDX-License-Identifier: Apache-2.0

package waterfall

import "slices"

// siblings finds the runs of siblings that share a line.
func (w *walker) siblings(list []*node) siblingRuns {
	from := len(w.runs)
	for len(list) > 0 {
		n := 1
		switch {
		case w.unfold:
		case w.repeated && list[0].trouble && !list[0].context:
			if again := equals(list) - 1; again > 0 {
				w.runs = append(w.runs, list[:1])
				list, n = list[1:], again
			}
		default:
			n = runLength(list)
		}
		w.runs = append(w.runs, list[:n])
		list = list[n:]
	}
	if w.apart {
		w.gather(from, func(n *node) int { return n.shape })
	}
	if w.brief > 0 {
		w.gather(from, func(n *node) int { return n.likeness })
	}
	return siblingRuns{from: from, next: from, to: len(w.runs)}
}

// runLength is the number of siblings, from the first on, that share a line.
func runLength(siblings []*node) int {
	first := siblings[0]
	if first.trouble || first.context {
		return 1
	}
	n := equals(siblings)
	if n < minLeaves || n < minSubtrees && len(first.children) > 0 {
		return 1
	}
	return n
}

// equals is the number of siblings, from the first on, that are equal.
func equals(siblings []*node) int {
	n := 1
	for n < len(siblings) && siblings[n].shape == siblings[0].shape {
		n++
	}
	return n
}

// gather joins the runs with the same key if there are many runs. Runs that took
// long, or in which something is wrong, stay alone.
func (w *walker) gather(from int, key func(*node) int) {
	runs := w.runs[from:]
	if len(runs) <= maxSiblings {
		return
	}
	alone := func(run []*node) bool {
		return run[0].trouble || len(run) == 1 && run[0].took() >= w.short
	}
	type group struct {
		spans, subtrees int
		at              int // its place among the runs, from 1 on
	}
	groups := map[int]group{}
	for _, run := range runs {
		if alone(run) {
			continue
		}
		g := groups[key(run[0])]
		g.spans += len(run)
		if len(run[0].children) > 0 {
			g.subtrees += len(run)
		}
		groups[key(run[0])] = g
	}
	kept := runs[:0]
	for _, run := range runs {
		g := groups[key(run[0])]
		switch {
		case alone(run) || g.subtrees > 0 && g.spans < minSubtrees:
			kept = append(kept, run)
		case g.at == 0:
			kept = append(kept, slices.Clip(run))
			g.at = len(kept)
			groups[key(run[0])] = g
		default:
			kept[g.at-1] = append(kept[g.at-1], run...)
		}
	}
	w.runs = w.runs[:from+len(kept)]
}
