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

// walk visits the lines of the tree from top to bottom. levels says for each
// level below the top whether the last of the siblings there has been reached;
// it is valid during the visit only.
func walk(top []*node, visit func(run []*node, levels []bool)) {
	for len(top) > 0 {
		n := runLength(top)
		visit(top[:n], nil)
		walkBelow(top[0], nil, visit)
		top = top[n:]
	}
}

func walkBelow(parent *node, levels []bool, visit func(run []*node, levels []bool)) {
	for siblings := parent.children; len(siblings) > 0; {
		n := runLength(siblings)
		own := append(levels, n == len(siblings))
		visit(siblings[:n], own)
		walkBelow(siblings[0], own, visit)
		siblings = siblings[n:]
	}
}
