// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// shapes numbers the shapes of subtrees, so that equal ones have one number.
// Two nodes are equal in shape if they have the same kind of name, the same service
// and trouble, and the same children in any order. It does not matter how often a
// child without children of its own is repeated.
type shapes struct {
	numbers map[string]int
	key     []byte
	sorted  []*node
}

// measure fills in the nodes' shapes, sizes and troubles.
func (t *tree) measure(order []*node) {
	likes := map[likeness]int{}
	s := shapes{numbers: map[string]int{}}
	for _, n := range slices.Backward(order) {
		like := likeness{n.service, n.kind, n.note, n.failed, n.context}
		if _, ok := likes[like]; !ok {
			likes[like] = len(likes)
		}
		n.likeness = likes[like]
		n.size = n.own()
		n.errors, n.trouble = 0, false
		n.criticalBelow = 0
		if !n.context {
			n.criticalBelow = n.onPath()
		}
		for _, c := range n.children {
			n.size += c.size
			n.errors += c.errors
			n.criticalBelow += c.criticalBelow
			if c.failed {
				n.errors++
			}
			n.trouble = n.trouble || c.trouble || c.failed || c.note != ""
		}
		n.shape = s.number(n)
	}
	t.shapes = len(s.numbers)
}

// number returns the node's shape. The shapes of its children must be known.
func (s *shapes) number(n *node) int {
	s.key = binary.AppendUvarint(s.key[:0], uint64(n.likeness))
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

// likeness tells nodes apart without regard to their children.
type likeness struct {
	service         int
	kind, note      string
	failed, context bool
}
