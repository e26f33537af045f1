// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bufio"
	"io"
)

// style is an ANSI SGR parameter.
type style string

const (
	plain        style = ""
	bold         style = "1"
	faint        style = "2"
	failureStyle style = "31"
)

// bold returns the style in bold, if the two can be combined.
func (s style) bold() style {
	if s == plain || s == faint {
		return s
	}
	return bold + ";" + s
}

// criticalMark is written before the bar of a span on the critical path.
const criticalMark = "•"

// palette holds the services' colours: those of the 16 that can be read on a
// dark and on a light background, without the red of errors.
var palette = [...]style{"36", "35", "32", "94", "33", "95", "34"}

// pen writes lines of at most width columns. Its own colours are the only commands
// to the terminal that it writes.
type pen struct {
	out    *bufio.Writer
	width  int
	color  bool
	column int // where the next text goes
	inked  int // where the line's text ends; it is blank from there to column
}

const blanks = "                                                                "

func newPen(w io.Writer, width int, color bool) *pen {
	return &pen{out: bufio.NewWriterSize(w, 1<<15), width: width, color: color}
}

func (p *pen) flush() error { return p.out.Flush() }

// move goes right to column.
func (p *pen) move(column int) { p.column = max(p.column, column) }

// text writes s, as much of it as the line has room for.
func (p *pen) text(st style, s string) {
	s = clean(s, p.width-p.column)
	if s == "" {
		return
	}
	for p.inked < p.column {
		n := min(len(blanks), p.column-p.inked)
		p.out.WriteString(blanks[:n])
		p.inked += n
	}
	if p.color && st != plain {
		p.out.WriteString("\x1b[")
		p.out.WriteString(string(st))
		p.out.WriteByte('m')
		p.out.WriteString(s)
		p.out.WriteString("\x1b[0m")
	} else {
		p.out.WriteString(s)
	}
	p.column += columns(s)
	p.inked = p.column
}

// right writes s so that it ends at column, if there is still room for that.
func (p *pen) right(column int, st style, s string) {
	p.move(column - columns(s))
	p.text(st, s)
}

// piece writes s two columns after what the line holds, or on a new line if
// it doesn't fit there.
func (p *pen) piece(st style, s string) {
	if p.column > 0 {
		if p.column+gap+columns(s) > p.width {
			p.newline()
		} else {
			p.move(p.column + gap)
		}
	}
	p.text(st, s)
}

func (p *pen) newline() {
	p.out.WriteByte('\n')
	p.column, p.inked = 0, 0
}
