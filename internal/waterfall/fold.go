package waterfall

import "time"

// The number of equal siblings from which on they are folded.
const (
	minLeaves   = 2
	minSubtrees = 3
)

// runLength is the number of siblings, from the first on, that share a line.
func runLength(siblings []*node) int {
	first := siblings[0]
	if first.trouble {
		return 1
	}
	n := 1
	for n < len(siblings) && siblings[n].shape == first.shape {
		n++
	}
	if n < minLeaves || n < minSubtrees && len(first.children) > 0 {
		return 1
	}
	return n
}

// line is a line of the tree.
type line struct {
	run []*node // one node, or equal siblings
	// levels says for each level below the top whether the last of the
	// siblings there has been reached. It is valid during the visit only.
	levels []bool
	spans  int // how many the line stands for
}

// hides tells whether there are spans below the line's own that have no line.
func (l line) hides() bool { return l.spans > len(l.run) }

// walker visits the lines of a tree.
type walker struct {
	visit func(line)
	brief time.Duration
	drawn []bool // by shape: there was such a subtree
}

// walk visits the lines of the tree from top to bottom. What is below the
// spans of a run has no lines, nor has what is below a span that is equal to
// one further up, has no errors and takes less than a tenth of the trace's time.
func (t *tree) walk(visit func(line)) {
	w := walker{visit, t.total / 10, make([]bool, t.shapes)}
	for top := t.top; len(top) > 0; {
		n := runLength(top)
		w.lines(top[:n], nil)
		top = top[n:]
	}
}

// lines visits the run's line and the ones below it.
func (w *walker) lines(run []*node, levels []bool) {
	n := run[0]
	l := line{run, levels, len(run)}
	fold := len(run) > 1 || w.drawn[n.shape] && !n.failed && n.note == "" && !n.trouble && n.duration() < w.brief
	if fold {
		l.spans = 0
		for _, n := range run {
			l.spans += n.size
		}
	}
	w.visit(l)
	if fold {
		return
	}
	w.drawn[n.shape] = true
	for siblings := n.children; len(siblings) > 0; {
		count := runLength(siblings)
		w.lines(siblings[:count], append(levels, count == len(siblings)))
		siblings = siblings[count:]
	}
}
