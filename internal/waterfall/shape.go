package waterfall

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// shapes numbers the shapes of subtrees, so that equal ones have one number.
// Two nodes are equal in shape if they have the same kind of name, service and
// trouble, and the same children in any order. How often a child without
// children of its own is repeated doesn't matter.
type shapes struct {
	numbers map[string]int
	key     []byte
	sorted  []*node
}

// measure fills in the nodes' shapes, sizes and troubles.
func (t *tree) measure(order []*node) {
	s := shapes{numbers: map[string]int{}}
	for _, n := range slices.Backward(order) {
		n.size = 1
		for _, c := range n.children {
			n.size += c.size
			n.trouble = n.trouble || c.trouble || c.failed || c.note != ""
		}
		n.shape = s.number(n)
	}
	t.shapes = len(s.numbers)
}

// number is the node's shape. Its children must have theirs.
func (s *shapes) number(n *node) int {
	failed := uint64(0)
	if n.failed {
		failed = 1
	}
	s.key = binary.AppendUvarint(s.key[:0], uint64(n.service)<<1|failed)
	for _, text := range [...]string{n.kind, n.note} {
		s.key = binary.AppendUvarint(s.key, uint64(len(text)))
		s.key = append(s.key, text...)
	}
	s.sorted = append(s.sorted[:0], n.children...)
	slices.SortFunc(s.sorted, func(a, b *node) int { return cmp.Compare(a.shape, b.shape) })
	for i, c := range s.sorted {
		if i > 0 && len(c.children) == 0 && c.shape == s.sorted[i-1].shape {
			continue
		}
		s.key = binary.AppendUvarint(s.key, uint64(c.shape))
	}
	number, ok := s.numbers[string(s.key)]
	if !ok {
		number = len(s.numbers)
		s.numbers[string(s.key)] = number
	}
	return number
}
