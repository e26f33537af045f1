// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Draw writes a trace to w as text for a terminal: its head, its notes, the errors, the
// tree of its spans, and tables of the time. The head has the date in UTC, the host in
// the attribute host.name of the first span that has one, the id of the first request
// ([Labels]), and the time during which no span was open, if there is any of them.
//
// The tables have the total time and the self time of each service and each kind. The
// total time is the time during which at least one of its spans was open. The self time
// is the part of it in which at least one of its spans was open and had no open child.
// Beside them is the time that the critical path was in its spans. The last table has
// the spans with most of that time.
//
// The spans may come in any order and from more than one trace. Draw returns the
// error of w, or [ErrNoMatch] if the trace has spans but opts do not choose any of
// them. In that case it has written a description of opts to w.
func Draw(w io.Writer, spans []sdktrace.ReadOnlySpan, opts Options) error {
	width := opts.Width
	if width <= 0 {
		width = widthOf(w)
	}
	pen := newPen(w, width, opts.Color.On(w))
	if len(spans) == 0 {
		pen.text(plain, "The trace has no spans.")
		pen.newline()
		return pen.flush()
	}
	t := newTree(spans, opts.Labels)
	p := picture{pen: pen, tree: t, facts: t.facts(), shown: -1}
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
	t.mark()
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
	facts  []string // of the whole trace, below the title
	shown  int      // the service named last
	told   *wait    // the wait explained last
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
	for _, fact := range p.facts {
		p.pen.piece(faint, fact)
	}
	if p.pen.column > 0 {
		p.pen.newline()
	}
}

// facts say when and where the trace was recorded.
func (t *tree) facts() []string {
	var facts []string
	if !t.first.IsZero() {
		facts = append(facts, t.first.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if host := t.host(); host != "" {
		facts = append(facts, host)
	}
	if id := t.requestID(); id != "" {
		facts = append(facts, id)
	}
	if t.outside > 0 {
		facts = append(facts, FormatDuration(t.outside)+" in no span")
	}
	return facts
}

// host names the host on which the first span was recorded that says so.
func (t *tree) host() string {
	switch more := len(t.hosts) - 1; {
	case more < 0:
		return ""
	case more == 0:
		return "host " + t.hosts[0]
	default:
		return fmt.Sprintf("host %s and %s more", t.hosts[0], number(more))
	}
}

// requestID is the id of the trace's first request that has one.
func (t *tree) requestID() string {
	if t.labels.RequestID == nil {
		return ""
	}
	for _, n := range t.nodes {
		if id := clean(t.labels.RequestID(n.span), maxText); id != "" {
			return id
		}
	}
	return ""
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
	note := p.note(n)
	inline := note != "" && columns(text)+columns(count)+gap+columns(note) <= room
	p.pen.text(name, clean(text, room-columns(count)))
	p.pen.text(faint, count)
	if inline {
		p.pen.move(p.pen.column + gap)
		p.pen.text(noteStyle(n), note)
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
		if len(p.tree.nodes) > 1 && p.tree.isMarked(l) {
			mark = mark.bold()
			p.pen.move(p.layout.durationEnd() + 1)
			p.pen.text(bold, criticalMark)
		}
		at, bar := p.axis.bar(l.run)
		p.pen.move(p.layout.barAt() + at)
		p.pen.text(mark, bar)
	}
	p.pen.newline()

	if note != "" && !inline {
		p.noteBelow(l, note, nameAt+indent)
	}
}

// note is a node's note. Of the requests of a wait, only the first says what it was
// for, if the others have lines of their own.
func (p *picture) note(n *node) string {
	if n.wait == nil {
		return n.note
	}
	if n.wait == p.told {
		return n.ownNote
	}
	p.told = n.wait
	return n.note
}

// noteBelow draws a note from a column on. A note about a wait has as many lines as it
// needs.
func (p *picture) noteBelow(l line, note string, at int) {
	begin := func() {
		p.guidesBelow(l.levels, l.parent)
		p.pen.move(at)
	}
	begin()
	parts := []string{note}
	if l.run[0].wait != nil {
		parts = strings.SplitAfter(note, ", ")
	}
	for _, part := range parts {
		text := strings.TrimSuffix(part, " ")
		if p.pen.column > at && p.pen.column+columns(text) > p.pen.width {
			p.pen.newline()
			begin()
		}
		p.pen.text(noteStyle(l.run[0]), text)
		p.pen.move(p.pen.column + len(part) - len(text))
	}
	p.pen.newline()
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
