// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Draw writes a trace to w as text for a terminal: its notes, the errors, the tree
// of its spans, and tables of the time. The tables have the total time and the self
// time of each service and each kind. The total time is the time during which at
// least one of its spans was open. The self time is the sum of the time that its
// spans did not spend in their children. The last table has the spans with the most
// time of their own on the critical path.
//
// The spans may come in any order and from more than one trace. Draw returns the
// error of w, or [ErrNoMatch] if the trace has spans but opts do not choose any of
// them. In that case it has written a description of opts to w.
func Draw(w io.Writer, spans []sdktrace.ReadOnlySpan, opts Options) error {
	width, isTerminal := terminal(w)
	if opts.Width > 0 {
		width = opts.Width
	}
	pen := newPen(w, width, opts.Color.on(isTerminal))
	if len(spans) == 0 {
		pen.text(plain, "The trace has no spans.")
		pen.newline()
		return pen.flush()
	}
	t := newTree(spans, opts.Labels)
	p := picture{pen: pen, tree: t, shown: -1}
	if f := newFilter(opts); !f.all() {
		matching := t.keep(f)
		p.title(spans[0], number(matching)+" of "+plural(len(spans), "span"))
		p.notes(opts.Notes)
		if matching == 0 {
			pen.text(plain, "No span matches: "+f.String())
			pen.newline()
			return cmp.Or(pen.flush(), ErrNoMatch)
		}
	} else {
		p.title(spans[0], plural(len(spans), "span"))
		p.notes(opts.Notes)
	}
	t.fold(opts.Unfold)
	p.layout = newLayout(width, nameColumns(t, width), serviceColumns(t))
	p.axis = newAxis(t.total, p.layout.bar)
	p.failures()
	p.heading()
	t.walk(p.row)
	p.legend()
	p.totals("service", t.services)
	p.totals("kind", t.kinds)
	p.critical()
	return pen.flush()
}

// picture is the drawing of one trace.
type picture struct {
	pen    *pen
	tree   *tree
	layout layout
	axis   *axis
	shown  int // the service named last
}

// title writes the line at the top, in which count says how many spans are shown.
func (p *picture) title(first sdktrace.ReadOnlySpan, count string) {
	id := "Trace " + first.SpanContext().TraceID().String()
	if more := p.tree.traces - 1; more > 0 {
		id += fmt.Sprintf(" and %d more", more)
	}
	p.pen.piece(bold, id)
	p.pen.piece(plain, count)
	if n := p.tree.activeServices(); n > 0 {
		p.pen.piece(plain, plural(n, "service"))
	}
	if n := p.tree.errors(); n > 0 {
		p.pen.piece(failureStyle, plural(n, "error"))
	}
	p.pen.piece(plain, FormatDuration(p.tree.total))
	p.pen.newline()
}

// heading names the columns and labels the axis.
func (p *picture) heading() {
	if p.layout.bar == 0 {
		return
	}
	p.pen.text(faint, "span")
	if p.layout.service > 0 {
		p.pen.move(p.layout.serviceAt())
		p.pen.text(faint, clean("service", p.layout.service))
	}
	p.pen.right(p.layout.durationEnd(), faint, "time")
	for _, tick := range p.axis.ticks() {
		p.pen.move(p.layout.barAt() + tick.column)
		p.pen.text(faint, "▏"+tick.label)
	}
	p.pen.newline()
}

// row draws one line of the tree, and a second one if the span's note is too long
// to fit behind its name.
func (p *picture) row(l line) {
	n := l.run[0]
	service := p.tree.services[n.service]
	mark := service.style
	name := plain
	if n.failed {
		mark, name = failureStyle, failureStyle
	}
	if n.context {
		mark, name = faint, faint
	}

	p.guides(l.levels)
	nameAt := p.pen.column
	room := p.layout.name - p.pen.column
	text := label(l.run)
	count := count(l, room-columns(text))
	inline := n.note != "" && columns(text)+columns(count)+gap+columns(n.note) <= room
	p.pen.text(name, clean(text, room-columns(count)))
	p.pen.text(faint, count)
	if inline {
		p.pen.move(p.pen.column + gap)
		p.pen.text(noteStyle(n), n.note)
	}

	if p.layout.service > 0 && n.service != p.shown {
		p.pen.move(p.layout.serviceAt())
		name := service.style
		if n.context {
			name = faint
		}
		p.pen.text(name, clean(service.name, p.layout.service))
		p.shown = n.service
	}
	if p.layout.duration > 0 {
		p.pen.right(p.layout.durationEnd(), plain, duration(l.run))
	}
	if p.layout.bar > 0 {
		if len(p.tree.nodes) > 1 && slices.ContainsFunc(l.run, func(n *node) bool { return n.critical }) {
			mark = mark.bold()
			p.pen.move(p.layout.durationEnd() + 1)
			p.pen.text(bold, criticalMark)
		}
		at, bar := p.axis.bar(l.run)
		p.pen.move(p.layout.barAt() + at)
		p.pen.text(mark, bar)
	}
	p.pen.newline()

	if n.note != "" && !inline {
		p.guidesBelow(l.levels, l.parent)
		p.pen.move(nameAt + indent)
		p.pen.text(noteStyle(n), n.note)
		p.pen.newline()
	}
}

func noteStyle(n *node) style {
	if n.failed {
		return failureStyle
	}
	return faint
}

// legend says from which duration on spans are folded.
func (p *picture) legend() {
	if brief := p.tree.folding.brief; brief > 0 {
		p.pen.text(faint, "What took less than "+FormatDuration(brief)+" shares a line with all that is below it.")
		p.pen.newline()
	}
}
