// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"time"
)

// The smallest numbers of equal siblings that are folded.
const (
	minLeaves   = 2
	minSubtrees = 3
)

const (
	maxLines    = 100 // of a tree before more of it is folded
	maxSiblings = 8   // lines below one span before siblings apart share theirs
)

// folding says which spans share a line, besides equal siblings in a row and
// subtrees that occur again.
type folding struct {
	// unfold gives every span its own line, whatever else is set.
	unfold bool
	// layers folds spans of one name and service below each other, such as
	// the layers of a client that are all traced.
	layers bool
	// apart folds equal siblings between which there are others.
	apart bool
	// brief folds subtrees that take less time than this, and siblings of one
	// name between which there are others.
	brief time.Duration
	// repeated folds subtrees that occur again, although something is wrong in
	// them. The first of them is drawn, and the errors are listed.
	repeated bool
}

// fold chooses how much of the tree is folded: no more than it needs to have
// maxLines, as far as that is possible.
func (t *tree) fold(unfold bool) {
	if unfold {
		t.folding = folding{unfold: true}
		return
	}
	levels := []folding{{}, {layers: true}, {layers: true, apart: true}}
	for _, repeated := range [...]bool{false, true} {
		for _, part := range [...]time.Duration{2000, 1000, 500, 200, 100, 50, 20} {
			levels = append(levels, folding{layers: true, apart: true, brief: t.total / part, repeated: repeated})
		}
	}
	for _, t.folding = range levels {
		w := t.walker(func(line) {})
		w.limit = maxLines + 1
		w.walk(t.top)
		if w.limit > 0 {
			return
		}
	}
}

// line is a line of the tree.
type line struct {
	run    []*node // one node, or equal siblings
	layers []*node // below a single node, and on its line
	folded bool    // everything below the run is on its line, too
	// levels says for each level below the top whether the last of the
	// siblings there has been reached. It is valid during the visit only.
	levels []bool
	spans  int  // how many the line stands for
	errors int  // how many spans without a line failed
	parent bool // there are lines below it
}

// hides reports whether spans below the line's own spans have no lines.
func (l line) hides() bool { return l.spans > len(l.run) }

// walker visits the lines of a tree.
type walker struct {
	folding
	visit func(line)
	limit int // of the lines that are visited
	short time.Duration
	drawn []bool    // whether a subtree of the shape has been drawn
	runs  [][]*node // of the siblings above the line, and beside it
	above []siblingRuns
	// levels are those of the line, and perhaps of deeper ones that were.
	levels []bool
}

// siblingRuns are the runs on one level of the tree, of which next is visited next.
type siblingRuns struct{ from, next, to int }

// walker returns the tree's walker, of which the earlier walks have ended.
func (t *tree) walker(visit func(line)) *walker {
	w := &t.walks
	w.folding, w.visit, w.limit, w.short = t.folding, visit, -1, t.total/10
	if cap(w.drawn) < t.shapes {
		w.drawn = make([]bool, t.shapes)
	}
	w.drawn = w.drawn[:t.shapes]
	clear(w.drawn)
	w.runs, w.above, w.levels = w.runs[:0], w.above[:0], w.levels[:0]
	return w
}

// walk visits the lines of the tree from top to bottom. Spans below a run have no
// lines. The same holds for the spans below a span that is equal to one further up,
// has no errors, and takes less than a tenth of the trace's time.
func (t *tree) walk(visit func(line)) { t.walker(visit).walk(t.top) }

// walk keeps a stack of its own, because a trace may be deeper than the stack of a
// goroutine can become.
func (w *walker) walk(top []*node) {
	level := w.siblings(top)
	for {
		for level.next == level.to {
			w.runs = w.runs[:level.from]
			if len(w.above) == 0 {
				return
			}
			level = w.above[len(w.above)-1]
			w.above = w.above[:len(w.above)-1]
		}
		if w.limit == 0 {
			return
		}
		w.limit--
		run := w.runs[level.next]
		level.next++
		if depth := len(w.above); depth > 0 {
			w.levels = append(w.levels[:depth-1], level.next == level.to)
		}
		if below := w.line(run); len(below) > 0 {
			w.drawn[run[0].shape] = true
			w.above = append(w.above, level)
			level = w.siblings(below)
		}
	}
}

// line visits the run's line, and returns the spans below it that have lines.
func (w *walker) line(run []*node) (below []*node) {
	l := line{run: run, levels: w.levels[:len(w.above)]}
	below = run[0].children
	switch {
	case w.unfold:
		l.spans = run[0].own()
	case w.folds(run):
		for _, n := range run {
			l.spans += n.size
			l.errors += n.errors
		}
		l.folded, below = true, nil
	case w.layers || run[0].context:
		l.layers, below = run[0].layers()
		l.spans = run[0].own() * (1 + len(l.layers))
	default:
		l.spans = run[0].own()
	}
	l.parent = len(below) > 0
	w.visit(l)
	return below
}

// folds reports whether the spans below the run have no lines.
func (w *walker) folds(run []*node) bool {
	n := run[0]
	switch {
	case len(run) > 1:
		return true
	case len(n.children) == 0:
		return false
	case n.took() < w.brief && !n.trouble:
		return true
	case !w.drawn[n.shape] || n.context || n.took() >= w.short:
		return false
	}
	return w.repeated || !n.trouble && !n.failed && n.note == ""
}

// took is the time until the last span below the node has ended.
func (n *node) took() time.Duration { return max(n.end, n.last) - n.start }

// own is the number of spans that the node itself adds to a count. A span that is
// only there for context is not counted.
func (n *node) own() int {
	if n.context {
		return 0
	}
	return 1
}

// layers returns the spans below the node that have its name and service, without
// others between, and the spans below all those.
func (n *node) layers() (layers, below []*node) {
	isLayer := func(c *node) bool {
		return c.title == n.title && c.service == n.service && c.context == n.context &&
			(c.note == "" || c.failed == n.failed && c.note == n.note)
	}
	if !slices.ContainsFunc(n.children, isLayer) {
		return nil, n.children
	}
	for i, children := -1, n.children; ; children = layers[i].children {
		for _, c := range children {
			if isLayer(c) {
				layers = append(layers, c)
			} else {
				below = append(below, c)
			}
		}
		if i++; i == len(layers) {
			break
		}
	}
	slices.SortStableFunc(below, func(a, b *node) int { return cmp.Compare(a.start, b.start) })
	return layers, below
}
