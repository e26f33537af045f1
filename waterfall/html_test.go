// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func htmlPage(t testing.TB, spans []sdktrace.ReadOnlySpan, opts HTMLOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, spans, opts); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// pageJSON is the data in a page.
type pageJSON struct {
	Title          string
	Notes          []string
	Total          int64
	Services       []pageTotal
	Kinds          []pageTotal
	Depth          []int
	Flags          []int
	Name           []int
	Service        []int
	Start          []int64
	Duration       []int64
	Note           []int
	Kind           []int
	Self           []int64
	CriticalSelf   []int64
	CriticalAfter  []int64
	Host           string
	RequestID      string
	Outside        int64
	FullName       []int
	SpanKind       []int
	Message        []int
	Scope          []int
	TraceID        []int
	SpanID         string
	ParentID       string
	AttributeCount []int
	Attributes     []int
	IDCount        []int
	IDs            []int
	Events         [][]int64
	Links          [][]int64
	Path           [][]int64
	Resource       []int
	Resources      [][]int
	Strings        []string
}

var dataElement = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

// pageDataOf checks the page's data and returns it.
func pageDataOf(t *testing.T, page string) pageJSON {
	t.Helper()
	text := dataElement.FindStringSubmatch(page)[1]
	if i := strings.IndexAny(text, "<>&\u2028\u2029"); i >= 0 {
		t.Fatalf("%q at %d of the data", text[i], i)
	}
	var data pageJSON
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	rows := len(data.Depth)
	for name, column := range map[string]int{
		"flags": len(data.Flags), "name": len(data.Name), "service": len(data.Service), "start": len(data.Start),
		"duration": len(data.Duration), "note": len(data.Note), "kind": len(data.Kind), "self": len(data.Self),
		"criticalSelf": len(data.CriticalSelf), "criticalAfter": len(data.CriticalAfter), "fullName": len(data.FullName), "spanKind": len(data.SpanKind),
		"message": len(data.Message), "scope": len(data.Scope), "traceID": len(data.TraceID),
		"spanID": len(data.SpanID) / 16, "parentID": len(data.ParentID) / 16,
		"attributeCount": len(data.AttributeCount), "idCount": len(data.IDCount), "resource": len(data.Resource),
	} {
		if column != rows {
			t.Fatalf("%d of %s for %d rows", column, name, rows)
		}
	}
	for i, depth := range data.Depth {
		if depth > 0 && (i == 0 || depth > data.Depth[i-1]+1) {
			t.Fatalf("row %d at depth %d", i, depth)
		}
	}
	for _, n := range slices.Concat(data.Name, data.FullName, data.Attributes, data.IDs) {
		if n < 0 || n >= len(data.Strings) {
			t.Fatalf("text %d of %d", n, len(data.Strings))
		}
	}
	return data
}

// spans returns the data of the rows that are spans.
func (d pageJSON) spans() (rows []int) {
	for i, flags := range d.Flags {
		if flags&rowRun == 0 {
			rows = append(rows, i)
		}
	}
	return rows
}

func TestHTMLHoldsEverySpan(t *testing.T) {
	for name, spans := range map[string][]sdktrace.ReadOnlySpan{
		"createserver": createserver(), "odd": odd(), "deep": deep(300), "polling": polling(),
		"random": random(rand.New(rand.NewPCG(1, 2)), 1000), "one": createserver()[:1], "none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			data := pageDataOf(t, htmlPage(t, spans, HTMLOptions{}))
			var got, want []string
			for _, row := range data.spans() {
				got = append(got, data.SpanID[16*row:16*row+16]+" "+data.Strings[data.FullName[row]])
			}
			for _, s := range spans {
				want = append(want, s.SpanContext().SpanID().String()+" "+s.Name())
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
			services, kinds := 0, 0
			for _, s := range data.Services {
				services += s.Spans
			}
			for _, k := range data.Kinds {
				kinds += k.Spans
			}
			if services != len(spans) || kinds != len(spans) {
				t.Errorf("%d spans by service and %d by kind, of %d", services, kinds, len(spans))
			}
		})
	}
}

// The page has the same tree as the terminal.
func TestHTMLTree(t *testing.T) {
	spans := createserver()
	data := pageDataOf(t, htmlPage(t, spans, HTMLOptions{}))
	parents := map[string]string{}
	var above []int // the row, and those above it
	for row, depth := range data.Depth {
		if depth < len(above) && data.Start[above[depth]] > data.Start[row] {
			t.Errorf("row %d stands behind %d and begins earlier", row, above[depth])
		}
		above = append(above[:depth], row)
		if data.Flags[row]&rowRun != 0 {
			if data.Self[row] != 0 || data.AttributeCount[row] != 0 || data.SpanID[16*row:16*row+16] != spanID(0).String() {
				t.Errorf("row %d is a run, and has what a span has", row)
			}
			continue
		}
		parent := "0000000000000000"
		for _, p := range above[:depth] {
			if data.Flags[p]&rowRun == 0 {
				parent = data.SpanID[16*p : 16*p+16]
			}
		}
		parents[data.SpanID[16*row:16*row+16]] = parent
		if got := data.ParentID[16*row : 16*row+16]; got != parent {
			t.Errorf("row %d has the parent %s, want %s", row, got, parent)
		}
	}
	for _, s := range spans {
		if got, want := parents[s.SpanContext().SpanID().String()], s.Parent().SpanID().String(); got != want {
			t.Errorf("%s hangs under %s, want %s", s.Name(), got, want)
		}
	}
	tree := newTree(spans, Labels{})
	if data.Total != int64(tree.total) {
		t.Errorf("total %d, want %d", data.Total, tree.total)
	}
	for i, s := range tree.services {
		if got, want := data.Services[i], (pageTotal{s.name, s.spans, s.errors, s.total.time, s.self.time}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	critical, origins := 0, 0
	for _, row := range data.spans() {
		if data.Flags[row]&rowOrigin != 0 {
			origins++
		}
		if data.Flags[row]&rowCritical != 0 {
			critical++
		}
	}
	for _, n := range tree.order(len(spans)) {
		if n.critical {
			critical--
		}
	}
	if critical != 0 {
		t.Errorf("%+d spans on the critical path", critical)
	}
	if origins != 2 {
		t.Errorf("%d spans failed by themselves, want 2: the claim and the port", origins)
	}
	var path int64
	for _, list := range data.Path {
		self := int64(0)
		for part := range slices.Chunk(list[1:], 2) {
			self += part[1] - part[0]
		}
		if row := list[0]; self != data.CriticalSelf[row]+data.CriticalAfter[row] {
			t.Errorf("%d on the critical path, want %d and %d", self, data.CriticalSelf[row], data.CriticalAfter[row])
		}
		path += self
	}
	if path != data.Total {
		t.Errorf("%d of %d are on the critical path", path, data.Total)
	}
}

func TestHTMLRuns(t *testing.T) {
	for names, want := range map[string]string{ // a span each
		"aaa":    "0a 0a 0a",
		"aaaa":   "0a* 1a 1a 1a 1a",
		"baaaab": "0b 0a* 1a 1a 1a 1a 0b",
	} {
		r := newRecorder()
		for i, name := range names {
			r.span(0, "s", string(name), float64(i), float64(i+1))
		}
		data := pageDataOf(t, htmlPage(t, r.stubs.Snapshots(), HTMLOptions{}))
		var got []string
		for row, depth := range data.Depth {
			text := string(rune('0'+depth)) + data.Strings[data.Name[row]]
			if data.Flags[row]&rowRun != 0 {
				text += "*"
			}
			got = append(got, text)
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", names, got, want)
		}
	}
}

// A run has the mark of the critical path if its spans have much of it together. Those
// of its spans that are on the path have the mark too.
func TestHTMLMarks(t *testing.T) {
	r := newRecorder()
	root := r.span(0, "s", "root", 0, 101)
	for i := range 4 {
		r.span(root, "s", "at once", float64(i), 90)
	}
	data := pageDataOf(t, htmlPage(t, r.stubs.Snapshots(), HTMLOptions{}))
	var got []string
	for row, flags := range data.Flags {
		if flags&rowMarked != 0 {
			got = append(got, fmt.Sprint(data.Strings[data.Name[row]], " ", data.Start[row]/1e6, " ", flags&rowRun != 0))
		}
	}
	if want := []string{"at once 0 true", "at once 0 false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHTMLHoldsAllOfASpan(t *testing.T) {
	r := newRecorder()
	id := r.span(0, "nova", "name of it", 0, 10)
	stub := &r.stubs[id-1]
	stub.Attributes = []attribute.KeyValue{
		attribute.String("label.kind", "db"), attribute.String("other.id", "0123"), attribute.String("db.statement", "SELECT\n1 < 2"), attribute.Int("n", 7),
	}
	stub.Events = []sdktrace.Event{{Name: "exception", Time: testStart.Add(ms(4)), Attributes: []attribute.KeyValue{attribute.String("exception.type", "ValueError")}}}
	stub.Links = []sdktrace.Link{{SpanContext: r.context(77)}}
	r.fail(id, "the reason")
	data := pageDataOf(t, htmlPage(t, r.stubs.Snapshots(), HTMLOptions{Labels: labeled}))

	text := func(n int64) string { return data.Strings[n] }
	texts := func(numbers []int) (list []string) {
		for _, n := range numbers {
			list = append(list, data.Strings[n])
		}
		return list
	}
	want := []string{"label.kind", "db", "other.id", "0123", "db.statement", "SELECT\n1 < 2", "n", "7"}
	if got := texts(data.Attributes); !slices.Equal(got, want) {
		t.Errorf("attributes %q, want %q", got, want)
	}
	if got, want := texts(data.IDs), []string{"other.id", "0123"}; !slices.Equal(got, want) {
		t.Errorf("ids %q, want %q", got, want)
	}
	if e := data.Events[0]; e[0] != 0 || text(e[1]) != "exception" || e[2] != int64(ms(4)) || text(e[3]) != "exception.type" || text(e[4]) != "ValueError" {
		t.Errorf("event %v", e)
	}
	if l := data.Links[0]; l[0] != 0 || text(l[1]) != r.trace.String() || text(l[2]) != spanID(77).String() {
		t.Errorf("link %v", l)
	}
	if got := data.Strings[data.Message[0]]; got != "the reason" {
		t.Errorf("message %q", got)
	}
	if got := data.Strings[data.Resources[data.Resource[0]][1]]; got != "nova" {
		t.Errorf("resource %q", got)
	}
	if k := data.Kinds[0]; k.Name != "db" || k.Spans != 1 || k.Errors != 1 || k.Total != ms(10) {
		t.Errorf("kind %+v", k)
	}
}

func TestHTMLTitle(t *testing.T) {
	for _, test := range []struct {
		spans []sdktrace.ReadOnlySpan
		opts  HTMLOptions
		want  string
	}{
		{createserver(), HTMLOptions{}, "Trace 4bf92f3577b34da6a3ce929d0e0e4736"},
		{createserver(), HTMLOptions{Title: "</title><b>&"}, "&lt;/title&gt;&lt;b&gt;&amp;"},
		{nil, HTMLOptions{}, "Trace"},
	} {
		if page := htmlPage(t, test.spans, test.opts); !strings.Contains(page, "<title>"+test.want+"</title>") {
			t.Errorf("no title %q", test.want)
		}
	}
}

// The page's markup is the same for every trace, so the contents of a trace are only
// data.
func TestHTMLIsInert(t *testing.T) {
	hostile := []string{
		"</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028\u2029", "\xff\xfe\xc3", "'\"`${x}{{style}}", "\x00\x1b[31m", "\u202e",
	}
	r := newRecorder()
	for _, text := range hostile {
		id := r.span(0, text, text, 0, 1)
		r.fail(id, text, attribute.String(text, text))
		r.stubs[id-1].Events = []sdktrace.Event{{Name: text, Attributes: []attribute.KeyValue{attribute.String(text, text)}}}
	}
	opts := HTMLOptions{Title: strings.Join(hostile, ""), Notes: hostile}
	page := htmlPage(t, r.stubs.Snapshots(), opts)
	data := pageDataOf(t, page)
	for _, text := range hostile {
		if text = strings.ToValidUTF8(text, "\ufffd"); utf8.ValidString(text) && !slices.ContainsFunc(data.Strings, func(s string) bool {
			return strings.Trim(s, "\ufffd") == strings.Trim(text, "\ufffd")
		}) {
			t.Errorf("no %q", text)
		}
	}
	markup := func(page string) string {
		page = regexp.MustCompile(`<title>[^<>]*</title>`).ReplaceAllString(page, "")
		return dataElement.ReplaceAllString(page, "")
	}
	if markup(page) != markup(htmlPage(t, nil, HTMLOptions{})) {
		t.Error("the markup depends on the trace")
	}
	if !utf8.ValidString(page) {
		t.Error("not UTF-8")
	}
}

// The policy allows exactly the script and the style in the page, and neither of them
// can end its element.
func TestHTMLPolicy(t *testing.T) {
	text := htmlPage(t, createserver(), HTMLOptions{})
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(text)[1]
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)[1]
	script := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindStringSubmatch(text)[1]
	want := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + source(style) + "; script-src " + source(script)
	if policy != want {
		t.Errorf("policy %s\nwant %s", policy, want)
	}
	if strings.Contains(page.style, "</") || strings.Contains(page.script, "</") || strings.Contains(page.script, "<!--") {
		t.Error("the style or the script could end its element")
	}
	for _, way := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "http:", "https:", "url("} {
		if strings.Contains(page.script, way) || strings.Contains(page.style, way) {
			t.Errorf("the page uses %s", way)
		}
	}
	files, err := pageFiles.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".js") && !slices.Contains(pageScripts[:], name) {
			t.Errorf("%s is not in the page", name)
		}
	}
}

func TestHTMLReturnsTheWritersError(t *testing.T) {
	for _, spans := range [][]sdktrace.ReadOnlySpan{nil, createserver()} {
		if err := HTML(fullWriter{}, spans, HTMLOptions{}); !errors.Is(err, errFull) {
			t.Errorf("error %v", err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x00\x03\x00\x07\x01hello\x03\x02\x01\x00\x03\x00\x04\x00abc"), "title")
	f.Add([]byte("\x14\x01\x02\x00\x03\x00\x07\x00</script><!--\xff\xe2\x80\xa8&"), "</title>")
	f.Fuzz(func(t *testing.T, data []byte, title string) {
		spans := garbage(data)
		page := pageDataOf(t, htmlPage(t, spans, HTMLOptions{Title: title, Notes: []string{title}}))
		if got := len(page.spans()); got != len(spans) {
			t.Errorf("%d of %d spans", got, len(spans))
		}
		for row := range page.Depth {
			if start, duration := page.Start[row], page.Duration[row]; start < 0 || duration < 0 || start > page.Total-duration {
				t.Errorf("%d for %d of %d", start, duration, page.Total)
			}
		}
	})
}

// statements makes a trace of n spans, each with the attributes of a SQL statement.
func statements(n int) []sdktrace.ReadOnlySpan {
	stubs := tracetest.SpanStubsFromReadOnlySpans(random(rand.New(rand.NewPCG(7, 8)), n))
	for i := range stubs {
		stubs[i].Attributes = []attribute.KeyValue{
			attribute.String("db.statement", "SELECT instances.id, instances.uuid, instances.host FROM instances WHERE instances.deleted = %(deleted_1)s"),
			attribute.String("db.params", `{"deleted_1": 0, "uuid_1": "`+spanID(i).String()+`"}`),
			attribute.String("other.id", spanID(i).String()+spanID(i).String()),
		}
	}
	return stubs.Snapshots()
}

func BenchmarkHTML(b *testing.B) {
	for name, spans := range map[string][]sdktrace.ReadOnlySpan{
		"20000": statements(20000), "20000 deep": deep(10000), "20000 wide": polls(5000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var size counter
			for b.Loop() {
				size = 0
				if err := HTML(&size, spans, HTMLOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/1e6, "MB/page")
		})
	}
}

// counter counts the bytes that are written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// The pages have the colours of the theme, and the theme has both schemes of each.
func TestTheme(t *testing.T) {
	theme := Theme()
	if !strings.Contains(htmlPage(t, nil, HTMLOptions{}), theme) {
		t.Error("the page does not have the theme")
	}
	for _, property := range []string{"--background", "--text", "--faint", "--line", "--accent", "--error", "--service-0", "--service-9"} {
		if !strings.Contains(theme, property+": light-dark(") {
			t.Errorf("no %s in both schemes", property)
		}
	}
}
