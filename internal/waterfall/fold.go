package waterfall

// minRun is the number of equal siblings from which on they are folded.
const minRun = 4

// runLength is the number of siblings, from the first on, that share a line:
// 1, or at least minRun.
func runLength(siblings []*node) int {
	first := siblings[0]
	if !first.foldable() {
		return 1
	}
	n := 1
	for n < len(siblings) && siblings[n].foldable() && siblings[n].equal(first) {
		n++
	}
	if n < minRun {
		return 1
	}
	return n
}

func (n *node) foldable() bool {
	return len(n.children) == 0 && !n.failed && n.note == ""
}

func (n *node) equal(other *node) bool {
	return n.service == other.service && n.span.Name() == other.span.Name()
}

// walk visits the lines of the tree from top to bottom. levels is valid during
// the visit only.
func walk(siblings []*node, levels []bool, visit func(run []*node, levels []bool)) {
	visitLevel(siblings, levels, true, visit)
}

func visitLevel(siblings []*node, levels []bool, top bool, visit func(run []*node, levels []bool)) {
	for len(siblings) > 0 {
		n := runLength(siblings)
		run := siblings[:n]
		siblings = siblings[n:]
		own := levels
		if !top {
			own = append(levels, len(siblings) == 0)
		}
		visit(run, own)
		visitLevel(run[0].children, own, false, visit)
	}
}
