// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var errFull = errors.New("full")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestDrawReturnsTheWritersError(t *testing.T) {
	for _, spans := range [][]sdktrace.ReadOnlySpan{nil, createserver()} {
		if err := Draw(fullWriter{}, spans, Options{}); !errors.Is(err, errFull) {
			t.Errorf("error %v", err)
		}
	}
}

// Notes are below the title. They are whole, in lines of the right width, and can't
// control the terminal.
func TestNotes(t *testing.T) {
	notes := []string{"A first note, with a number of words that no line of 40 columns holds.", "Another\x1b[2Jone."}
	for _, opts := range []Options{{Width: 40}, {Width: 40, Names: []string{"servers"}}, {Width: 20}, {Width: 3}} {
		opts.Notes = notes
		got := draw(t, createserver(), opts)
		for line := range strings.Lines(got) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > opts.Width {
				t.Errorf("a line of %d columns: %q", n, line)
			}
		}
		if opts.Width < 20 {
			continue
		}
		text := strings.Join(strings.Fields(got), " ")
		if !strings.Contains(text, "⚠ "+notes[0]+" ⚠ Another␛[2Jone.") || strings.Index(got, "⚠") < strings.Index(got, "Trace ") {
			t.Errorf("got\n%s", got)
		}
	}
}

// The head says when and where a trace was recorded, and for which request.
func TestHead(t *testing.T) {
	r := newRecorder()
	first := r.span(0, "shop", "GET", 0, 10)
	second := r.span(0, "shop", "GET", 22.5, 40)
	r.set(second, "request", "req-\x1b1")
	r.set(r.span(second, "shop", "GET", 30, 35), "request", "req-2")
	labels := Labels{RequestID: labelOf("request")}
	on := func(id int, host string) {
		r.stubs[id-1].Resource = resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.String("host.name", host))
	}
	head := func(opts Options) string {
		lines := strings.Split(draw(t, r.stubs.Snapshots(), opts), "\n")
		return lines[1]
	}
	if got, want := head(Options{}), "2026-03-14 09:26:53 UTC  12.5 ms in no span"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	on(second, "vm-1")
	if got, want := head(Options{Labels: labels}), "2026-03-14 09:26:53 UTC  host vm-1  req-␛1  12.5 ms in no span"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	on(first, "vm-0")
	on(second+1, "vm-1")
	if got, want := head(Options{Labels: labels, Names: []string{"GET"}}), "2026-03-14 09:26:53 UTC  host vm-0 and 1 more  req-␛1  12.5 ms in no span"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	data := pageDataOf(t, htmlPage(t, r.stubs.Snapshots(), HTMLOptions{Labels: labels}))
	if data.Host != "host vm-0 and 1 more" || data.RequestID != "req-␛1" || data.Outside != int64(ms(12.5)) {
		t.Errorf("the page has %q, %q and %d", data.Host, data.RequestID, data.Outside)
	}
	r.stubs = r.stubs[:1]
	r.stubs[0].StartTime, r.stubs[0].EndTime = time.Time{}, time.Time{}
	if got := head(Options{}); strings.Contains(got, "UTC") {
		t.Errorf("a date without a time: %q", got)
	}
}

// The order in which spans were exported makes no difference, if no two of them start
// at the same time.
func TestOrderOfInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	spans := random(rng, 200)
	want := draw(t, spans, Options{Width: 100})
	for range 5 {
		rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		if got := draw(t, spans, Options{Width: 100}); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestTies(t *testing.T) {
	r := newRecorder()
	for _, name := range []string{"c", "a", "b"} {
		r.span(0, "s", name, 5, 6)
	}
	var got []string
	for _, n := range newTree(r.stubs.Snapshots(), Labels{}).top {
		got = append(got, n.name)
	}
	if want := []string{"c", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFold(t *testing.T) {
	for name, test := range map[string]struct {
		names string // a span each, in upper case with a child, ! failed, ? with a child that failed
		want  []int
	}{
		"two":                 {"aa", []int{2}},
		"between":             {"baaaaab", []int{1, 5, 1}},
		"two runs":            {"aaaabb", []int{4, 2}},
		"interrupted":         {"aabaa", []int{2, 1, 2}},
		"one with a child":    {"aaaaAaaaa", []int{4, 1, 4}},
		"too few subtrees":    {"AA", []int{1, 1}},
		"subtrees":            {"AAA", []int{3}},
		"different subtrees":  {"AAABBB", []int{3, 3}},
		"an error":            {"aaaa!aaaa", []int{4, 1, 4}},
		"errors of one kind":  {"!!!", []int{3}},
		"errors further down": {"???", []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			for i, c := range test.names {
				at := float64(i)
				switch c {
				case 'A', 'B', '?':
					child := r.span(r.span(0, "s", strings.ToLower(string(c)), at, at+1), "s", "child", at, at+1)
					if c == '?' {
						r.fail(child, "")
					}
				case '!':
					r.fail(r.span(0, "s", "a", at, at+1), "")
				default:
					r.span(0, "s", string(c), at, at+1)
				}
			}
			var got []int
			newTree(r.stubs.Snapshots(), Labels{}).walk(func(l line) {
				if len(l.levels) == 0 {
					got = append(got, len(l.run))
				}
			})
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTotals(t *testing.T) {
	r := newRecorder()
	a := r.span(0, "a", "a", 0, 100)
	r.span(a, "b", "b", 10, 40)
	r.span(a, "b", "at the same time", 30, 60)
	r.span(a, "b", "beyond the parent", 90, 150)
	for i, want := range []struct{ total, self time.Duration }{{ms(100), ms(40)}, {ms(110), ms(110)}} {
		s := newTree(r.stubs.Snapshots(), Labels{}).services[i]
		if s.total.time != want.total || s.self.time != want.self {
			t.Errorf("%s: total %v, self %v, want %v", s.name, s.total.time, s.self.time, want)
		}
	}
}

func TestTotalsByKind(t *testing.T) {
	r := newRecorder()
	api := r.span(0, "nova", "WSGI_GET_/", 0, 100)
	r.set(api, "label.kind", "wsgi")
	for i := range 2 {
		r.set(r.span(api, "nova", "SQL_SELECT", float64(10+20*i), float64(20+20*i)), "label.kind", "db")
	}
	r.fail(api+2, "deadlock")
	r.stubs[r.span(api, "client", "GET", 50, 55)-1].SpanKind = trace.SpanKindClient
	r.span(api, "nova", "step", 60, 80)
	want := []string{"wsgi 1 0 100ms 55ms", "db 2 1 20ms 20ms", "client 1 0 5ms 5ms", "internal 1 0 20ms 20ms"}
	var got []string
	for _, k := range newTree(r.stubs.Snapshots(), labeled).kinds {
		got = append(got, fmt.Sprint(k.name, " ", k.spans, " ", k.errors, " ", k.total.time, " ", k.self.time))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if table := "\nkind       spans  errors  total time  self time    • path\nwsgi "; !strings.Contains(draw(t, r.stubs.Snapshots(), Options{Labels: labeled}), table) {
		t.Errorf("no table %q", table)
	}
}

func TestBar(t *testing.T) {
	a := newAxis(80*time.Second, 10)
	span := func(from, to int) *node {
		return &node{start: time.Duration(from) * time.Second, end: time.Duration(to) * time.Second}
	}
	for _, test := range []struct {
		run  []*node
		at   int
		want string
	}{
		{[]*node{span(0, 80)}, 0, "██████████"},
		{[]*node{span(0, 0)}, 0, "▏"},
		{[]*node{span(80, 80)}, 9, "▕"},
		{[]*node{span(8, 21)}, 1, "█▋"},
		{[]*node{span(12, 19)}, 1, "▐▍"},
		{[]*node{span(15, 24)}, 1, "▕█"},
		{[]*node{span(11, 12)}, 1, "│"},
		{[]*node{span(0, 1), span(20, 40), span(72, 73)}, 0, "▏─▐██────▏"},
		{[]*node{{start: 72 * time.Second, end: 80 * time.Second, open: true}}, 9, "▏"},
		{[]*node{{start: 56 * time.Second, end: 80 * time.Second, open: true}}, 7, "▏╌╌"},
	} {
		if at, got := a.bar(test.run); at != test.at || got != test.want {
			t.Errorf("%v to %v: %q at %d, want %q at %d", test.run[0].start, test.run[0].end, got, at, test.want, test.at)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		total   time.Duration
		columns int
		want    []string
	}{
		{0, 20, []string{"0"}},
		{1, 20, []string{"0"}},
		{9240 * time.Millisecond, 20, []string{"0", "5 s"}},
		{9240 * time.Millisecond, 60, []string{"0", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s"}},
		{1300 * time.Microsecond, 30, []string{"0", "500 µs", "1 ms"}},
		{4 * time.Minute, 40, []string{"0", "1m", "2m", "3m"}},
		{5 * time.Hour, 60, []string{"0", "1h", "2h", "3h", "4h"}},
		{1<<63 - 1, 60, []string{"0", "20000d", "40000d", "60000d", "80000d"}},
	} {
		var got []string
		for _, tick := range newAxis(test.total, test.columns).ticks() {
			got = append(got, tick.label)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v in %d columns: %q, want %q", test.total, test.columns, got, test.want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                            "0 ns",
		999:                          "999 ns",
		1000:                         "1.00 µs",
		9994:                         "9.99 µs",
		9996:                         "10.0 µs",
		456 * time.Microsecond:       "456 µs",
		999499:                       "999 µs",
		999500:                       "1.00 ms",
		12345 * time.Microsecond:     "12.3 ms",
		99951 * time.Microsecond:     "100 ms",
		999999 * time.Microsecond:    "1.00 s",
		1234 * time.Millisecond:      "1.23 s",
		59949 * time.Millisecond:     "59.9 s",
		59950 * time.Millisecond:     "1m 0s",
		83 * time.Second:             "1m 23s",
		3599 * time.Second:           "59m 59s",
		3599999 * time.Millisecond:   "1h 0m",
		day - time.Minute:            "23h 59m",
		day - time.Second:            "1d 0h",
		100*day - time.Hour:          "99d 23h",
		100*day - time.Minute:        "100d",
		1<<63 - 1:                    "106751d",
		addDuration(1<<62, 1<<62+10): "106751d",
	} {
		got := FormatDuration(d)
		if got != want || columns(got) > durationColumns {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct {
		in   string
		room int
		want string
	}{
		{"name", 4, "name"},
		{"name", 3, "na…"},
		{"name", 1, "…"},
		{"name", 0, ""},
		{"name", -1, ""},
		{"a\tb\nc\x00\x1b[0m\x7f", 99, "a␉b␊c␀␛[0m␡"},
		{"\x9b\xff\u0085\u202e\u200b\u2028", 99, "������"},
		{"a\u00a0b\u3000c", 99, "a b c"},
		{"数据库", 6, "数据库"},
		{"数据库", 5, "数据…"},
		{"数据库", 4, "数…"},
		{"数据库", 1, "…"},
		{"e\u0301te\u0301", 3, "e\u0301te\u0301"},
		{"e\u0301te\u0301s", 3, "e\u0301t…"},
		{"a\u0301\u0301\u0301\u0301\u0301b", 9, "a\u0301\u0301b"},
		{"\u0301a", 9, "�a"},
		{"❤\ufe0f", 9, "❤"},
		{"✅🚀x", 5, "✅🚀x"},
		{"µ×…│█✗", 6, "µ×…│█✗"},
	} {
		got := clean(test.in, test.room)
		if got != test.want {
			t.Errorf("%q in %d columns: %q, want %q", test.in, test.room, got, test.want)
		}
		if again := clean(got, max(test.room, 0)); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, bench := range []struct {
		name  string
		spans []sdktrace.ReadOnlySpan
	}{
		{"createserver", createserver()},
		{"5000", random(rand.New(rand.NewPCG(7, 8)), 5000)},
		{"5000 deep", deep(2500)},
		{"20000", random(rand.New(rand.NewPCG(7, 8)), 20000)},
		{"20000 deep", deep(10000)},
		{"20000 wide", polls(5000)},
		{"5000 wide", polls(1250)},
	} {
		for _, opts := range []Options{{Width: 80}, {Width: 200, Color: ColorAlways}} {
			name := bench.name + "/80"
			if opts.Color == ColorAlways {
				name = bench.name + "/200 color"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := Draw(io.Discard, bench.spans, opts); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
