package waterfall

import (
	"fmt"
	"io"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Options say how a trace is drawn.
type Options struct {
	// Width is the number of columns that no line exceeds. 0 means 80. Below
	// 60 there is no column for the service, below 40 no time axis.
	Width int
	// Color turns ANSI colours on. Without it, the text has no escape
	// sequences.
	Color bool
}

// Draw writes the trace of spans to w.
//
// At the end stand, if there is more than one service, each one's total time,
// in which at least one of its spans was open, and its self time, which is the
// sum of what its spans didn't spend in their children.
func Draw(w io.Writer, spans []sdktrace.ReadOnlySpan, opts Options) error {
	width := opts.Width
	if width <= 0 {
		width = 80
	}
	pen := newPen(w, width, opts.Color)
	if len(spans) == 0 {
		pen.text(plain, "The trace has no spans.")
		pen.newline()
		return pen.flush()
	}
	t := newTree(spans)
	p := picture{
		pen:    pen,
		tree:   t,
		layout: newLayout(width, nameColumns(t, width), serviceColumns(t)),
		shown:  -1,
	}
	p.axis = newAxis(t.total, p.layout.bar)
	p.title(spans)
	p.heading()
	t.walk(p.row)
	if len(t.services) > 1 {
		p.totals()
	}
	return pen.flush()
}

// picture is what drawing one trace needs to know.
type picture struct {
	pen    *pen
	tree   *tree
	layout layout
	axis   *axis
	shown  int // the service named last
}

func (p *picture) title(spans []sdktrace.ReadOnlySpan) {
	id := "Trace " + spans[0].SpanContext().TraceID().String()
	if more := p.tree.traces - 1; more > 0 {
		id += fmt.Sprintf(" and %d more", more)
	}
	p.pen.piece(bold, id)
	p.pen.piece(plain, plural(len(spans), "span"))
	p.pen.piece(plain, plural(len(p.tree.services), "service"))
	if n := p.tree.errors(); n > 0 {
		p.pen.piece(failure, plural(n, "error"))
	}
	p.pen.piece(plain, formatDuration(p.tree.total))
	p.pen.newline()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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

// row draws one line of the tree, and a second one where the span's note is
// too long to stand behind its name.
func (p *picture) row(l line) {
	n := l.run[0]
	service := p.tree.services[n.service]
	mark := service.style
	name := plain
	if n.failed {
		mark, name = failure, failure
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
		p.pen.text(service.style, clean(service.name, p.layout.service))
		p.shown = n.service
	}
	if p.layout.duration > 0 {
		p.pen.right(p.layout.durationEnd(), plain, duration(l.run))
	}
	if p.layout.bar > 0 {
		at, bar := p.axis.bar(l.run)
		p.pen.move(p.layout.barAt() + at)
		p.pen.text(mark, bar)
	}
	p.pen.newline()

	if n.note != "" && !inline {
		p.guidesBelow(l.levels, len(n.children) > 0 && !l.hides())
		p.pen.move(nameAt + indent)
		p.pen.text(noteStyle(n), n.note)
		p.pen.newline()
	}
}

func noteStyle(n *node) style {
	if n.failed {
		return failure
	}
	return faint
}

// label is what stands in the name's column.
func label(run []*node) string {
	text := run[0].name
	if len(run) > 1 {
		for _, n := range run {
			if n.name != text {
				text = n.kind
				break
			}
		}
		text = fmt.Sprintf("%d × %s", len(run), text)
	}
	if run[0].failed {
		text = "✗ " + text
	}
	return text
}

// count says how many spans a line stands for that hides some, if possible in
// room columns.
func count(l line, room int) string {
	if !l.hides() {
		return ""
	}
	text := fmt.Sprintf(" (%d spans)", l.spans)
	if len(text) > room {
		text = fmt.Sprintf(" (%d)", l.spans)
	}
	return text
}

func duration(run []*node) string {
	if run[0].open {
		return "–"
	}
	sum := run[0].duration()
	for _, n := range run[1:] {
		sum = addDuration(sum, n.duration())
	}
	return formatDuration(sum)
}
