// SPDX-License-Identifier: Apache-2.0

package waterfall

import "strconv"

const (
	indent    = 2 // columns for each level above a span's own
	connector = 3 // columns for the span's own level
)

// guideColumns is the width of the guides before a span so many levels deep.
func guideColumns(levels int) int {
	if levels == 0 {
		return 0
	}
	return (levels-1)*indent + connector
}

// guides draws the lines that lead to a span. If there is no room for all levels,
// a number such as +2 stands for the deepest ones.
func (p *picture) guides(levels []bool) {
	if len(levels) == 0 {
		return
	}
	own := "├─"
	if levels[len(levels)-1] {
		own = "└─"
	}
	above := levels[:len(levels)-1]
	if fit := p.layout.levels(); len(levels) > fit {
		above = levels[:fit]
		own = "+" + strconv.Itoa(len(levels)-fit)
	}
	p.lines(above)
	p.pen.text(faint, own)
	p.pen.move(p.pen.column + 1)
}

// guidesBelow draws the lines that go on beside a span's second line.
func (p *picture) guidesBelow(levels []bool, children bool) {
	fit := p.layout.levels()
	p.lines(levels[:min(fit, len(levels))])
	if children && len(levels) < fit {
		p.pen.text(faint, "│")
	}
}

// lines draws the lines to the siblings that are still to come.
func (p *picture) lines(levels []bool) {
	for _, last := range levels {
		at := p.pen.column
		if !last {
			p.pen.text(faint, "│")
		}
		p.pen.move(at + indent)
	}
}
