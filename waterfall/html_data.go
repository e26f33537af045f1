// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bufio"
	"encoding/json"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// pageData writes the page's data: a JSON object of columns, each with a value
// for each row. Texts are indexes of its last member, "strings", and times are in
// nanoseconds since the trace's first start. encoding/json escapes characters that
// could end the element around the data.
type pageData struct {
	out  *bufio.Writer
	json *json.Encoder // writes to out
	tree *tree
	pageTable
	strings table[string]
}

func newPageData(out *bufio.Writer, spans []sdktrace.ReadOnlySpan, labels Labels) *pageData {
	d := &pageData{out: out, json: json.NewEncoder(out), tree: newTree(spans, labels)}
	d.pageTable = d.tree.pageRows()
	d.strings.number("")
	return d
}

func (d *pageData) write(opts HTMLOptions) {
	d.out.WriteString("{\"title\":")
	d.value(opts.Title)
	d.member("notes", opts.Notes)
	d.member("total", int64(d.tree.total))
	if first := d.tree.first; !first.IsZero() {
		d.member("seconds", first.Unix())
		d.member("nanoseconds", first.Nanosecond())
	}
	d.member("host", d.tree.host())
	d.member("requestID", d.tree.requestID())
	d.member("outside", int64(d.tree.outside))
	d.member("services", pageTotals(d.tree.services))
	d.member("kinds", pageTotals(d.tree.kinds))
	d.spans()
	d.attributes("attribute", func(n *node) []attribute.KeyValue { return n.span.Attributes() })
	d.attributes("id", func(n *node) []attribute.KeyValue { return d.tree.labels.ids(n.span) })
	d.events()
	d.path()
	d.resources()
	d.member("strings", d.strings.list)
	d.out.WriteByte('}')
}

// value writes v as JSON. encoding/json must be able to encode it.
func (d *pageData) value(v any) { _ = d.json.Encode(v) } // out keeps its error

func (d *pageData) member(name string, v any) {
	d.name(name)
	d.value(v)
}

func (d *pageData) name(name string) {
	d.out.WriteString(",\"")
	d.out.WriteString(name)
	d.out.WriteString("\":")
}

// column writes the value that of returns for each row.
func (d *pageData) column(name string, of func(pageRow) int64) {
	d.name(name)
	d.list(func(number func(int64)) {
		for _, r := range d.rows {
			number(of(r))
		}
	})
}

// list writes an array of the numbers that write passes on.
func (d *pageData) list(write func(number func(int64))) {
	sign := byte('[')
	var digits [20]byte
	write(func(n int64) {
		d.out.WriteByte(sign)
		sign = ','
		_, _ = d.out.Write(strconv.AppendInt(digits[:0], n, 10))
	})
	if sign == '[' {
		d.out.WriteByte('[')
	}
	d.out.WriteByte(']')
}

func (d *pageData) text(s string) int64 { return int64(d.strings.number(s)) }

func (d *pageData) spans() {
	d.column("depth", func(r pageRow) int64 { return int64(r.depth) })
	marked := d.leastMarked()
	d.column("flags", func(r pageRow) int64 { return int64(d.flags(r, marked)) })
	d.column("name", func(r pageRow) int64 { return d.text(r.name()) })
	d.column("service", func(r pageRow) int64 { return int64(r.run[0].service) })
	d.column("start", func(r pageRow) int64 { return int64(r.run[0].start) })
	d.column("duration", func(r pageRow) int64 {
		end := r.run[0].end
		for _, n := range r.run {
			end = max(end, n.end)
		}
		return int64(end - r.run[0].start)
	})
	d.column("note", func(r pageRow) int64 { return d.text(r.run[0].note) })
	d.column("kind", func(r pageRow) int64 { return d.text(d.tree.kinds[r.run[0].group].name) })

	// Runs have none of the following columns.
	d.spanColumn("self", func(n *node) int64 { return int64(n.self()) })
	d.spanColumn("criticalSelf", func(n *node) int64 { return int64(n.criticalSelf + n.criticalWait) })
	d.spanColumn("criticalAfter", func(n *node) int64 { return int64(n.criticalAfter) })
	d.spanColumn("fullName", func(n *node) int64 { return d.text(n.title) })
	d.spanColumn("spanKind", func(n *node) int64 { return d.text(trace.ValidateSpanKind(n.span.SpanKind()).String()) })
	d.spanColumn("message", func(n *node) int64 { return d.text(n.span.Status().Description) })
	d.spanColumn("scope", func(n *node) int64 { return d.text(n.span.InstrumentationScope().Name) })
	d.spanColumn("traceID", func(n *node) int64 { return d.text(n.span.SpanContext().TraceID().String()) })
	d.idColumn("spanID", func(s sdktrace.ReadOnlySpan) trace.SpanID { return s.SpanContext().SpanID() })
	d.idColumn("parentID", func(s sdktrace.ReadOnlySpan) trace.SpanID { return s.Parent().SpanID() })
}

// spanColumn is a column that has 0 for a run.
func (d *pageData) spanColumn(name string, of func(*node) int64) {
	d.column(name, func(r pageRow) int64 {
		if len(r.run) > 1 {
			return 0
		}
		return of(r.run[0])
	})
}

// idColumn writes one string with 16 hexadecimal digits for each row.
func (d *pageData) idColumn(name string, of func(sdktrace.ReadOnlySpan) trace.SpanID) {
	d.name(name)
	d.out.WriteByte('"')
	for _, r := range d.rows {
		id := trace.SpanID{}
		if len(r.run) == 1 {
			id = of(r.run[0].span)
		}
		d.out.WriteString(id.String())
	}
	d.out.WriteByte('"')
}

// attributes writes the number of attributes that of returns for each row. Then it
// writes all the attributes, the key and the value in turn.
func (d *pageData) attributes(name string, of func(*node) []attribute.KeyValue) {
	d.spanColumn(name+"Count", func(n *node) int64 { return int64(len(of(n))) })
	d.name(name + "s")
	d.list(func(number func(int64)) {
		for _, r := range d.rows {
			if len(r.run) == 1 {
				d.pairs(number, of(r.run[0]))
			}
		}
	})
}

func (d *pageData) pairs(number func(int64), attributes []attribute.KeyValue) {
	for _, a := range attributes {
		number(d.text(string(a.Key)))
		number(d.text(a.Value.String()))
	}
}

// events writes a list for each event and for each link: its row, the texts
// that name it, its time, and its attributes. A link has no time.
func (d *pageData) events() {
	var lists [][]int64
	eachSpan := func(visit func(row int64, s sdktrace.ReadOnlySpan, add func(attributes []attribute.KeyValue, head ...int64))) {
		lists = lists[:0]
		for i, r := range d.rows {
			if len(r.run) > 1 {
				continue
			}
			visit(int64(i), r.run[0].span, func(attributes []attribute.KeyValue, head ...int64) {
				d.pairs(func(n int64) { head = append(head, n) }, attributes)
				lists = append(lists, head)
			})
		}
	}
	eachSpan(func(row int64, s sdktrace.ReadOnlySpan, add func([]attribute.KeyValue, ...int64)) {
		for _, e := range s.Events() {
			at := time.Duration(0)
			if !e.Time.IsZero() && !d.tree.first.IsZero() {
				at = wall(e.Time).Sub(d.tree.first)
			}
			add(e.Attributes, row, d.text(e.Name), int64(at))
		}
	})
	d.member("events", lists)
	eachSpan(func(row int64, s sdktrace.ReadOnlySpan, add func([]attribute.KeyValue, ...int64)) {
		for _, l := range s.Links() {
			add(l.Attributes, row, d.text(l.SpanContext.TraceID().String()), d.text(l.SpanContext.SpanID().String()))
		}
	})
	d.member("links", lists)
}

// path writes for each span with time of its own on the critical path a list:
// its row, and where each part of that time starts and ends.
func (d *pageData) path() {
	lists := [][]int64{}
	for i, r := range d.rows {
		if n := r.run[0]; len(r.run) == 1 && len(n.criticalParts) > 0 {
			list := []int64{int64(i)}
			for _, part := range n.criticalParts {
				list = append(list, int64(part.start), int64(part.end))
			}
			lists = append(lists, list)
		}
	}
	d.member("path", lists)
}

func (d *pageData) resources() {
	var resources table[*resource.Resource]
	d.spanColumn("resource", func(n *node) int64 { return int64(resources.number(n.span.Resource())) })
	lists := make([][]int64, len(resources.list))
	for i, r := range resources.list {
		lists[i] = []int64{}
		d.pairs(func(n int64) { lists[i] = append(lists[i], n) }, r.Attributes())
	}
	d.member("resources", lists)
}

// table numbers values in the order in which they come.
type table[T comparable] struct {
	list    []T
	numbers map[T]int
}

func (t *table[T]) number(v T) int {
	n, ok := t.numbers[v]
	if !ok {
		if t.numbers == nil {
			t.numbers = map[T]int{}
		}
		n = len(t.list)
		t.list = append(t.list, v)
		t.numbers[v] = n
	}
	return n
}
