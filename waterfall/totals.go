// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"slices"
	"strconv"
)

// text is a piece of a line.
type text struct {
	style style
	text  string
}

// tableColumn is a column of a table, other than the first.
type tableColumn struct {
	title string
	width int
	left  bool // it is aligned to the left
}

// table draws a table below an empty line. The first column has the room that the
// others leave, as far as it needs it.
func (p *picture) table(title string, others []tableColumn, rows [][]text) {
	first := columns(title)
	for _, row := range rows {
		first = max(first, columns(row[0].text))
	}
	room := p.pen.width
	for _, c := range others {
		room -= gap + c.width
	}
	first = min(first, max(minName, room))

	p.pen.newline()
	p.pen.text(faint, clean(title, first))
	end := first
	for _, c := range others {
		end += gap + c.width
		p.cell(c, end, text{faint, c.title})
	}
	p.pen.newline()
	for _, row := range rows {
		p.pen.text(row[0].style, clean(row[0].text, first))
		end := first
		for i, c := range others {
			end += gap + c.width
			p.cell(c, end, row[i+1])
		}
		p.pen.newline()
	}
}

// cell draws t in the column c, which ends at end.
func (p *picture) cell(c tableColumn, end int, t text) {
	if c.left {
		p.pen.move(end - c.width)
		p.pen.text(t.style, clean(t.text, c.width))
		return
	}
	p.pen.right(end, t.style, t.text)
}

// totals draws a table of the services or kinds that have spans. The ones with the
// most self time come first. The last column is how long the critical path is in them.
func (p *picture) totals(title string, list []*service) {
	list = slices.DeleteFunc(slices.Clone(list), func(s *service) bool { return s.spans == 0 })
	if len(list) < 2 {
		return
	}
	slices.SortStableFunc(list, func(a, b *service) int { return cmp.Compare(b.self.time, a.self.time) })
	failed := p.tree.errors() > 0
	others := []tableColumn{{title: "spans", width: 6}}
	if failed {
		others = append(others, tableColumn{title: "errors", width: 6})
	}
	others = append(others, tableColumn{title: "total time", width: 10}, tableColumn{title: "self time", width: 9})
	wide := p.pen.width >= minWithService
	if wide {
		others = append(others, tableColumn{title: criticalMark + " path", width: 8})
	}
	rows := make([][]text, len(list))
	for i, s := range list {
		row := []text{{s.style, s.name}, {plain, number(s.spans)}}
		if failed {
			errors := ""
			if s.errors > 0 {
				errors = number(s.errors)
			}
			row = append(row, text{failureStyle, errors})
		}
		row = append(row, text{plain, FormatDuration(s.total.time)}, text{plain, FormatDuration(s.self.time)})
		if wide {
			onPath := ""
			if s.onPath > 0 {
				onPath = FormatDuration(s.onPath)
			}
			row = append(row, text{plain, onPath})
		}
		rows[i] = row
	}
	p.table(title, others, rows)
}

// number writes n with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
