// SPDX-License-Identifier: Apache-2.0

package waterfall

import "slices"

// maxFailures is how many failures are listed above the tree.
const maxFailures = 10

// failure is a span at which an error began, with its consequences.
type failure struct {
	origin *node
	reason string // the origin's
	became string // the reason of the uppermost span, if that is another one
	times  int    // how many failures have the same text
}

// failures lists the failures in the order in which their first spans started.
func (t *tree) failures() []*failure {
	var failed []*node
	causes := map[*node]*node{}
	for _, n := range t.nodes {
		if n.failed {
			failed = append(failed, n)
			if cause := n.cause(); cause != nil {
				causes[n] = cause
			}
		}
	}
	type text struct {
		service              int
		kind, reason, became string
	}
	var list []*failure
	same := map[text]*failure{}
	for _, n := range failed {
		if causes[n] != nil {
			continue
		}
		f := &failure{origin: n, reason: n.reason, times: 1}
		for up := n; up.parent != nil && causes[up.parent] == up; up = up.parent {
			if reason := up.parent.reason; reason != "" && reason != f.reason {
				f.became = reason
			}
		}
		key := text{n.service, n.kind, f.reason, f.became}
		if earlier := same[key]; earlier != nil {
			earlier.times++
			continue
		}
		same[key] = f
		list = append(list, f)
	}
	return list
}

// cause is the failed child that made the node fail: the last one that has the
// same reason, or that had not ended when the last child began.
func (n *node) cause() *node {
	for _, c := range slices.Backward(n.children) {
		if c.failed && (c.end >= n.children[len(n.children)-1].start || c.reason == n.reason) {
			return c
		}
	}
	return nil
}

// failures draws the list, above the tree.
func (p *picture) failures() {
	list := p.tree.failures()
	for i, f := range list {
		if i == maxFailures {
			p.pen.text(failureStyle, "and "+plural(len(list)-i, "other error"))
			p.pen.newline()
			break
		}
		p.failure(f)
	}
	if len(list) > 0 {
		p.pen.newline()
	}
}

func (p *picture) failure(f *failure) {
	name, service := f.origin.name, p.tree.services[f.origin.service]
	if f.times > 1 {
		name = number(f.times) + " × " + f.origin.kind
	}
	p.pen.text(failureStyle, clean("✗ "+name, p.pen.width/2))
	p.pen.move(p.pen.column + gap)
	p.pen.text(service.style, clean(service.name, p.pen.width/3))
	texts := []string{f.reason}
	if f.became != "" {
		texts = append(texts, "then "+f.became)
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		if p.pen.column+gap+columns(text) > p.pen.width {
			p.pen.newline()
			p.pen.move(2 * indent)
		} else {
			p.pen.move(p.pen.column + gap)
		}
		p.pen.text(plain, text)
	}
	p.pen.newline()
}
