// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls/callstest"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// work is what a made trace does: some requests of Nova, each of which sends
// statements and asks Neutron.
type work struct {
	requests, statements, asks int
	statement, neutron, own    float64 // milliseconds
	also                       string  // the path of one more request
}

var usual = work{requests: 8, statements: 5, asks: 2, statement: 1, neutron: 10, own: 20}

func (w work) trace() *points.Trace {
	var t callstest.Trace
	at := 0.0
	for range w.requests {
		takes := w.own + float64(w.statements)*w.statement + float64(w.asks)*w.neutron
		api := t.Request(0, "nova", "osapi_compute", "GET", "/v2.1/servers/detail", at, at+takes)
		inside := at
		for range w.statements {
			t.Statement(api, "nova", "osapi_compute", "SELECT a FROM instances WHERE id = 1", nil, inside, inside+w.statement)
			inside += w.statement
		}
		for i := range w.asks {
			t.Request(api, "neutron", "neutron-server", []string{"GET", "POST"}[i%2], "/v2.0/ports", inside, inside+w.neutron)
			inside += w.neutron
		}
		at += takes + 1
	}
	if w.also != "" {
		t.Request(0, "nova", "osapi_compute", "GET", w.also, at, at+5)
	}
	return t.Trace()
}

func compare(before, after []*points.Trace) Report {
	var b, a Side
	for _, t := range before {
		b.Add(t)
	}
	for _, t := range after {
		a.Add(t)
	}
	return Compare(&b, &a)
}

// text returns the report as text that is not cut off.
func text(t *testing.T, r Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteText(&out, waterfall.ColorNever); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCompare(t *testing.T) {
	with := func(change func(*work)) work {
		changed := usual
		change(&changed)
		return changed
	}
	for name, test := range map[string]struct {
		after           work
		want, backwards string
		others          int // changes beside the first
	}{
		"nothing":        {after: usual, want: Nothing, backwards: Nothing},
		"more requests":  {after: with(func(w *work) { w.requests = 80 }), want: Nothing, backwards: Nothing},
		"fewer requests": {after: with(func(w *work) { w.requests = 4 }), want: Nothing, backwards: Nothing},
		"everything":     {after: with(func(w *work) { w.statement, w.neutron, w.own = 1.4, 14, 28 }), want: Nothing, backwards: Nothing},
		"a statement": {
			after:     with(func(w *work) { w.statement = 20 }),
			want:      "nova-osapi_compute: SELECT instances takes 20.0 ms, before 1.00 ms (40 calls a trace; it costs 760 ms)",
			backwards: "nova-osapi_compute: SELECT instances takes 1.00 ms, before 20.0 ms (40 calls a trace; it saves 760 ms)",
		},
		"a statement more often": {
			after:     with(func(w *work) { w.statements = 41 }),
			want:      "nova-osapi_compute: GET /v2.1/servers/detail sends 41 × SELECT instances, before 5 (8 calls a trace; it costs 288 ms)",
			backwards: "nova-osapi_compute: GET /v2.1/servers/detail sends 5 × SELECT instances, before 41 (8 calls a trace; it saves 288 ms)",
		},
		"a statement more often, and the time between": { // one cause explains both
			after:     with(func(w *work) { w.statements, w.own = 41, 120 }),
			want:      "nova-osapi_compute: GET /v2.1/servers/detail sends 41 × SELECT instances, before 5 (8 calls a trace; it costs 1.09 s)",
			backwards: "nova-osapi_compute: GET /v2.1/servers/detail sends 5 × SELECT instances, before 41 (8 calls a trace; it saves 1.09 s)",
		},
		"a service": {
			after:     with(func(w *work) { w.neutron = 60 }),
			want:      "neutron-neutron-server: each request takes 60.0 ms of its own time, before 10.0 ms (16 requests a trace, of 2 operations; it costs 800 ms)",
			backwards: "neutron-neutron-server: each request takes 10.0 ms of its own time, before 60.0 ms (16 requests a trace, of 2 operations; it saves 800 ms)",
		},
		"a request of a service more often": {
			after:     with(func(w *work) { w.asks = 12 }),
			want:      "nova-osapi_compute: GET /v2.1/servers/detail sends 6 × GET /v2.0/ports to neutron-neutron-server, before 1 (8 calls a trace; it costs 400 ms)",
			backwards: "nova-osapi_compute: GET /v2.1/servers/detail sends 1 × GET /v2.0/ports to neutron-neutron-server, before 6 (8 calls a trace; it saves 400 ms)",
			others:    1, // POST
		},
		"the service itself": {
			after:     with(func(w *work) { w.own = 60 }),
			want:      "nova-osapi_compute: GET /v2.1/servers/detail takes 60.0 ms of its own time, before 20.0 ms (8 calls a trace; it costs 320 ms)",
			backwards: "nova-osapi_compute: GET /v2.1/servers/detail takes 20.0 ms of its own time, before 60.0 ms (8 calls a trace; it saves 320 ms)",
		},
		"a new request": {
			after:     with(func(w *work) { w.also = "/v2.1/flavors" }),
			want:      "nova-osapi_compute: GET /v2.1/flavors is new (1 call a trace; it costs 5.00 ms)",
			backwards: "nova-osapi_compute: GET /v2.1/flavors is not requested any more (1 call a trace; it saves 5.00 ms)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := []*points.Trace{usual.trace()}, []*points.Trace{test.after.trace()}
			for _, direction := range []struct {
				report Report
				want   string
			}{{compare(before, after), test.want}, {compare(after, before), test.backwards}} {
				got := Nothing
				if len(direction.report.Causes) > 0 {
					got = direction.report.Causes[0].Text
				}
				if got != direction.want {
					t.Errorf("got  %s\nwant %s", got, direction.want)
				}
				if len(direction.report.Causes) > 1+test.others {
					t.Errorf("%d causes: %+v", len(direction.report.Causes), direction.report.Causes)
				}
				if touched := len(direction.report.Places) > 0; touched != (got != Nothing) {
					t.Errorf("%d places", len(direction.report.Places))
				}
			}
		})
	}
}

func TestText(t *testing.T) {
	slow := usual
	slow.statement = 20
	got := text(t, compare([]*points.Trace{usual.trace()}, []*points.Trace{slow.trace()}))
	want := `nova-osapi_compute: SELECT instances takes 20.0 ms, before 1.00 ms (40 calls a
trace; it costs 760 ms)

before: 1 trace from 2026-11-20 10:00:00 UTC, 64 calls, 360 ms a trace
after: 1 trace from 2026-11-20 10:00:00 UTC, 64 calls, 1.12 s a trace

own time of one call, by place                    calls  before   after  a trace
GET /v2.1/servers/detail  nova-osapi_compu…
 SELECT instances                                    40 1.00 ms 20.0 ms  +760 ms
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if width := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); width > 80 {
			t.Errorf("%d columns: %s", width, line)
		}
	}
	var colored bytes.Buffer
	if err := compare([]*points.Trace{usual.trace()}, []*points.Trace{slow.trace()}).WriteText(&colored, waterfall.ColorAlways); err != nil || !strings.Contains(colored.String(), "\x1b[31m") {
		t.Errorf("no colours: %v", err)
	}
}

// The page needs nothing but itself, and nothing in a trace becomes part of its
// markup.
func TestHTML(t *testing.T) {
	hostile := func(takes float64) *points.Trace {
		var t callstest.Trace
		for i := range 8 {
			t.Statement(0, "<script>", "\"'&", "SELECT a FROM `</style><b>` WHERE b = 1", nil, float64(100*i), float64(100*i)+takes)
		}
		return t.Trace()
	}
	var out bytes.Buffer
	if err := compare([]*points.Trace{hostile(1)}, []*points.Trace{hostile(50)}).WriteHTML(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)[1]
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(html.UnescapeString(page), want) {
		t.Errorf("the policy does not allow the style, %s", want)
	}
	if !strings.HasPrefix(style, waterfall.Theme()) {
		t.Error("the page does not have the colours of the other pages")
	}
	for _, unwanted := range []string{"<script", "<b>", "http", " style="} {
		if strings.Contains(strings.ReplaceAll(page, "http-equiv", ""), unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
	for _, want := range []string{"takes 50.0 ms", "&lt;script&gt;", `width="300"`, `width="6"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	out.Reset()
	if err := compare([]*points.Trace{hostile(1)}, []*points.Trace{hostile(1)}).WriteHTML(&out); err != nil || !strings.Contains(out.String(), Nothing) {
		t.Errorf("%v: %s", err, out.String())
	}
}

// A chain of any length is compared.
func TestDeep(t *testing.T) {
	var deep callstest.Trace
	parent := callstest.ID(0)
	for i := range 5000 {
		parent = deep.Request(parent, "nova", "osapi_compute", "GET", "/v2.1/servers", float64(i), 20_000-float64(i))
	}
	if r := compare([]*points.Trace{deep.Trace()}, []*points.Trace{deep.Trace()}); len(r.Causes) > 0 {
		t.Errorf("got %+v", r.Causes)
	}
}

// The memory of a side does not grow with the number of traces, once it has maxSample
// calls of each operation.
func BenchmarkSide(b *testing.B) {
	one := usual.trace()
	for _, traces := range []int{100, 1000, 10_000} {
		b.Run(strconv.Itoa(traces), func(b *testing.B) {
			kept := uint64(0)
			for b.Loop() {
				var s Side
				for range traces {
					s.Add(one)
				}
				b.StopTimer()
				kept = heap(&s)
				b.StartTimer()
			}
			b.ReportMetric(float64(kept), "kept-B")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(traces*one.Len()), "ns/call")
		})
	}
}

// heap returns how many bytes a side keeps.
func heap(s *Side) uint64 {
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(s)
	*s = Side{}
	runtime.GC()
	runtime.ReadMemStats(&without)
	return with.HeapAlloc - min(with.HeapAlloc, without.HeapAlloc)
}
