// SPDX-License-Identifier: Apache-2.0

package points

import (
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// WriteReport writes the trace as "osprofiler trace show --json" does: the tree
// of points with their times in milliseconds from the start of the first one,
// each with its notifications as they are stored, and totals for each kind of
// point (osprofiler/drivers/base.py, _parse_results).
//
// It writes null where OSProfiler has no value, because no project is stored or
// no point has a start. The error is that of w.
func (t *Trace) WriteReport(w io.Writer) error {
	r := report{w: w, first: t.first}
	r.trace(t)
	r.flush(0)
	return r.err
}

// report writes indented JSON, member by member.
type report struct {
	w     io.Writer
	b     []byte // not yet written
	err   error  // the error of w
	depth int
	first time.Time
}

// flush writes r.b if it has more bytes than that.
func (r *report) flush(more int) {
	if len(r.b) <= more {
		return
	}
	if r.err == nil {
		_, r.err = r.w.Write(r.b)
	}
	r.b = r.b[:0]
}

func milliseconds(d time.Duration) int64 { return d.Microseconds() / 1000 }

func (r *report) trace(t *Trace) {
	info := object{r: r}
	r.open('{')
	members := object{r: r}
	members.key("info")
	r.open('{')
	info.text("name", "total")
	info.number("started", 0)
	if len(t.all) == 0 {
		info.null("finished")
		info.null("last_trace_started")
	} else {
		info.number("finished", milliseconds(t.last.Sub(t.first)))
		if t.lastStart.IsZero() {
			info.null("last_trace_started")
		} else {
			info.number("last_trace_started", milliseconds(t.lastStart.Sub(t.first)))
		}
	}
	r.close('}', info.members)
	members.key("children")
	r.points(t.Points)
	members.key("stats")
	r.stats(t.all)
	r.close('}', members.members)
	r.b = append(r.b, '\n')
}

func (r *report) points(list []*Point) {
	r.open('[')
	for i, p := range list {
		if i > 0 {
			r.b = append(r.b, ',')
		}
		r.newline()
		r.point(p)
		r.flush(64 << 10)
	}
	r.close(']', len(list))
}

func (r *report) point(p *Point) {
	r.open('{')
	members := object{r: r}
	members.key("info")
	r.info(p)
	members.text("trace_id", p.TraceID)
	members.text("parent_id", p.ParentID)
	members.key("children")
	r.flush(64 << 10) // before the children, because all other points can be below this one
	r.points(p.Children)
	r.close('}', members.members)
}

// info writes the members in OSProfiler's order.
func (r *report) info(p *Point) {
	r.open('{')
	info := object{r: r}
	info.text("name", p.Name)
	info.textOrNull("project", p.Project)
	info.textOrNull("service", p.Service)
	info.textOrNull("host", p.Host)
	seen := [2]bool{}
	for _, payload := range p.payloads {
		info.raw("meta.raw_payload."+payload.name, payload.payload)
		stops := Notification{Name: payload.name}.stops()
		switch {
		case stops && !seen[1]:
			seen[1] = true
			info.finished(p)
			info.raw("exception", exception(p.Stop.Payload))
		case !stops && !seen[0]:
			seen[0] = true
			info.started(p)
		}
	}
	if !seen[0] {
		info.started(p)
	}
	if !seen[1] {
		info.finished(p)
	}
	r.close('}', info.members)
}

// exception returns the etype of a stop, or the text None.
func exception(payload []byte) []byte {
	if etype := member(member(payload, "info"), "etype"); etype != nil {
		return etype
	}
	return []byte(`"None"`)
}

func (r *report) stats(all []*Point) {
	type sum struct{ count, duration int64 }
	var names []string
	sums := map[string]*sum{}
	for _, p := range all {
		s := sums[p.Name]
		if s == nil {
			s = &sum{}
			sums[p.Name] = s
			names = append(names, p.Name)
		}
		s.count++
		s.duration += milliseconds(p.Finished().Sub(r.first)) - milliseconds(p.Started().Sub(r.first))
	}
	r.open('{')
	stats := object{r: r}
	for _, name := range names {
		stats.key(name)
		r.open('{')
		one := object{r: r}
		one.number("count", sums[name].count)
		one.number("duration", sums[name].duration)
		r.close('}', one.members)
	}
	r.close('}', stats.members)
}

func (r *report) open(bracket byte) {
	r.b = append(r.b, bracket)
	r.depth++
}

func (r *report) close(bracket byte, members int) {
	r.depth--
	if members > 0 {
		r.newline()
	}
	r.b = append(r.b, bracket)
}

func (r *report) newline() {
	r.b = appendNewline(r.b, r.indent())
}

// maxIndent is the depth up to which lines are indented more and more, so that
// the size of the report of a long chain of points does not grow with the
// square of its length. OSProfiler reaches Python's recursion limit before
// that.
const maxIndent = 100

func (r *report) indent() int { return min(r.depth, maxIndent) }

// object writes the members of one JSON object.
type object struct {
	r       *report
	members int
}

func (o *object) key(name string) {
	if o.members > 0 {
		o.r.b = append(o.r.b, ',')
	}
	o.members++
	o.r.newline()
	o.r.text(name)
	o.r.b = append(o.r.b, ": "...)
}

func (o *object) text(name, value string) {
	o.key(name)
	o.r.text(value)
}

func (o *object) textOrNull(name, value string) {
	if value == "" {
		o.null(name)
		return
	}
	o.text(name, value)
}

func (o *object) null(name string) {
	o.key(name)
	o.r.b = append(o.r.b, "null"...)
}

func (o *object) number(name string, value int64) {
	o.key(name)
	o.r.b = strconv.AppendInt(o.r.b, value, 10)
}

func (o *object) started(p *Point) {
	o.number("started", milliseconds(p.Started().Sub(o.r.first)))
}

func (o *object) finished(p *Point) {
	o.number("finished", milliseconds(p.Finished().Sub(o.r.first)))
}

// raw writes JSON from a store, and indents it.
func (o *object) raw(name string, value []byte) {
	o.key(name)
	if len(value) == 0 { // the notification was not parsed
		value = []byte("null")
	}
	o.r.b = appendIndented(o.r.b, value, o.r.indent())
}

func (r *report) text(text string) {
	if isPlain(text) {
		r.b = append(r.b, '"')
		r.b = append(r.b, text...)
		r.b = append(r.b, '"')
		return
	}
	r.b = append(r.b, quote(text)...)
}

// isPlain reports whether a text needs no escapes in JSON.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
