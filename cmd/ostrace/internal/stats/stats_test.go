// SPDX-License-Identifier: Apache-2.0

package stats_test

import (
	"bytes"
	"encoding/json"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls/callstest"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/stats"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// list is a request of Nova that asks Keystone, and sends the same statement again
// and again.
func list(statements int) *points.Trace {
	var t callstest.Trace
	api := t.Request(0, "nova", "osapi_compute", "GET", "/v2.1/servers/detail", 0, 100)
	token := t.Request(api, "keystone", "public", "GET", "/v3/auth/tokens", 10, 30)
	t.Statement(token, "keystone", "public", "SELECT a FROM token WHERE id = 5", nil, 12, 16)
	for i := range statements {
		at := 40 + float64(i)
		t.Statement(api, "nova", "osapi_compute", "SELECT a FROM instances WHERE id = %(id)s", map[string]any{"id": i % 2}, at, at+0.5)
	}
	return t.Trace()
}

func report(traces ...*points.Trace) stats.Report {
	var s stats.Stats
	for _, t := range traces {
		s.Add(t)
	}
	return s.Report()
}

// near allows for the error of p50 and p95.
func near(got, want float64) bool { return math.Abs(got-want) <= 0.011*want }

func TestReport(t *testing.T) {
	r := report(list(4), list(2))
	if r.Traces != 2 || r.Calls != 12 || !r.From.Equal(callstest.Begin) || r.To.Sub(r.From).Milliseconds() != 100 {
		t.Errorf("got %+v", r)
	}
	check := func(name string, rows []stats.Row, want ...stats.Row) {
		t.Helper()
		if len(rows) != len(want) {
			t.Errorf("%s: got %d rows, want %d: %+v", name, len(rows), len(want), rows)
			return
		}
		for i, row := range rows {
			w := want[i]
			if !near(row.P50, w.P50) || !near(row.P95, w.P95) {
				t.Errorf("%s: got p50 %v and p95 %v, want %v and %v", name, row.P50, row.P95, w.P50, w.P95)
			}
			row.P50, row.P95, w.P50, w.P95 = 0, 0, 0, 0
			if row != w {
				t.Errorf("%s: got\n%+v\nwant\n%+v", name, row, w)
			}
		}
	}
	check("statements", r.Statements,
		stats.Row{Service: "keystone-public", Name: "SELECT a FROM token WHERE id = ?", Summary: "SELECT token", Calls: 2, Total: 8, Self: 8, P50: 4, P95: 4, Max: 4},
		stats.Row{Service: "nova-osapi_compute", Name: "SELECT a FROM instances WHERE id = ?", Summary: "SELECT instances", Calls: 6, Total: 3, Self: 3, P50: 0.5, P95: 0.5, Max: 0.5})
	check("routes", r.Routes,
		stats.Row{Service: "nova-osapi_compute", Name: "GET /v2.1/servers/detail", Calls: 2, Total: 200, Self: 157, P50: 100, P95: 100, Max: 100},
		stats.Row{Service: "keystone-public", Name: "GET /v3/auth/tokens", Calls: 2, Total: 40, Self: 32, P50: 20, P95: 20, Max: 20})
	check("services", r.Services,
		stats.Row{Service: "nova-osapi_compute", Calls: 2, Total: 200, Self: 160, P50: 100, P95: 100, Max: 100},
		stats.Row{Service: "keystone-public", Calls: 2, Total: 40, Self: 40, P50: 20, P95: 20, Max: 20})
	check("methods", r.Methods)
}

// p50 and p95 are those of the nearest rank, also with few calls.
func TestQuantiles(t *testing.T) {
	for calls, want := range map[int][2]float64{1: {1, 1}, 2: {1, 2}, 3: {2, 3}, 20: {10, 19}, 100: {50, 95}, 1000: {500, 950}} {
		var list callstest.Trace
		for i := range calls {
			list.Request(0, "nova", "osapi_compute", "GET", "/v2.1/servers", 0, float64(i+1))
		}
		if row := report(list.Trace()).Routes[0]; !near(row.P50, want[0]) || !near(row.P95, want[1]) || row.Max != float64(calls) {
			t.Errorf("%d calls: got %v and %v, want %v", calls, row.P50, row.P95, want)
		}
	}
}

// A call inside a call of the same row adds nothing to the total time.
func TestNestedCalls(t *testing.T) {
	var nested callstest.Trace
	outer := nested.Function(0, "nova", "nova-compute", "rpc", "nova.compute.manager.ComputeManager.build", 0, 100)
	elsewhere := nested.Request(outer, "neutron", "neutron-server", "GET", "/v2.0/ports/1", 10, 60)
	nested.Function(elsewhere, "nova", "nova-compute", "rpc", "nova.compute.manager.ComputeManager.build", 20, 40)
	r := report(nested.Trace())
	if m := r.Methods[0]; m.Name != "ComputeManager.build" || m.Calls != 2 || m.Total != 100 || m.Self != 70 || m.Max != 100 {
		t.Errorf("got %+v", m)
	}
	i := slices.IndexFunc(r.Services, func(row stats.Row) bool { return row.Service == "nova-nova-compute" })
	if s := r.Services[i]; s.Calls != 2 || s.Total != 100 || s.Self != 70 {
		t.Errorf("got %+v", s)
	}
	if route := r.Routes[0].Name; route != "GET /v2.0/ports/{id}" {
		t.Errorf("got %s", route)
	}
}

// Work that goes on after the call for it is part of the total time, so that the self
// time is never more than that.
func TestCast(t *testing.T) {
	var cast callstest.Trace
	task := cast.Function(0, "nova", "nova-conductor", "rpc", "nova.conductor.manager.ComputeTaskManager.build", 0, 100)
	cast.Function(task, "nova", "nova-conductor", "rpc", "nova.conductor.manager.ConductorManager.object_action", 90, 300)
	cast.Statement(task, "nova", "nova-conductor", "SELECT 1", nil, 400, 450)
	if s := report(cast.Trace()).Services[0]; s.Calls != 1 || s.Total != 350 || s.Self != 350 {
		t.Errorf("got %+v", s)
	}
}

// Statements that one request sent often are named, with the request.
func TestRepeated(t *testing.T) {
	r := report(list(41), list(12), list(9))
	want := []stats.Repeated{{
		Service: "nova-osapi_compute", Request: "GET /v2.1/servers/detail", Statement: "SELECT a FROM instances WHERE id = ?", Summary: "SELECT instances",
		Most: 41, Requests: 2, Total: 26.5,
	}}
	if !slices.Equal(r.Repeated, want) {
		t.Errorf("got %+v", r.Repeated)
	}
	var same callstest.Trace
	api := same.Request(0, "nova", "osapi_compute", "GET", "/v2.1/servers", 0, 100)
	for i := range 10 {
		same.Statement(api, "nova", "osapi_compute", "SELECT 1", nil, float64(i), float64(i)+0.5)
	}
	if r := report(same.Trace()); len(r.Repeated) != 1 || !r.Repeated[0].SameParameters {
		t.Errorf("got %+v", r.Repeated)
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	if err := report(list(41)).WriteText(&out, stats.TextOptions{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	want := `1 trace, 44 calls, 2026-11-20 10:00:00 to 10:00:00 UTC

Statements that one request sent again and again:
41 times the same SELECT instances under one GET /v2.1/servers/detail of
nova-osapi_compute: 20.5 ms

SQL statement                      calls   total    self     p50     p95     max
SELECT instances  nova-osapi_com…     41 20.5 ms 20.5 ms  500 µs  500 µs  500 µs
  SELECT a FROM instances WHERE id = ?
and 1 more, which --limit 0 shows
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(out.String()) {
		if width := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); width > 80 {
			t.Errorf("%d columns: %s", width, line)
		}
	}
	out.Reset()
	if err := report(list(1)).WriteText(&out, stats.TextOptions{Color: waterfall.ColorAlways}); err != nil || !strings.Contains(out.String(), "\x1b[1m") {
		t.Errorf("no colours: %v\n%s", err, out.String())
	}
}

// A trace of strangers can't control the terminal.
func TestHostileText(t *testing.T) {
	var hostile callstest.Trace
	api := hostile.Request(0, "a\x1b[2J", "b\u202e", "G\nET", "/\x1b]0;x\a", 0, 1)
	for range 10 {
		hostile.Statement(api, "a\x1b[2J", "c", "SELECT \x1b[31m FROM \u2028x", nil, 0, 1)
	}
	var out bytes.Buffer
	if err := report(hostile.Trace()).WriteText(&out, stats.TextOptions{}); err != nil || strings.ContainsAny(out.String(), "\x1b\a\u202e\u2028") {
		t.Errorf("%v: %q", err, out.String())
	}
	if _, err := json.Marshal(report(hostile.Trace())); err != nil {
		t.Error(err)
	}
}

// Points of other requests are left out.
func TestStrangers(t *testing.T) {
	var kept callstest.Trace
	api := kept.Request(0, "nova", "osapi_compute", "POST", "/v2.1/servers", 0, 100)
	create := kept.Function(api, "nova", "osapi_compute", "compute_api", "nova.compute.api.API.create", 0, 100)
	kept.Function(create, "nova", "nova-conductor", "rpc", "nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances", 100, 200)
	kept.Function(create, "nova", "nova-conductor", "rpc", "nova.conductor.manager.ConductorManager.object_action", 40_000, 41_000)
	if r := report(kept.Trace()); r.Strangers != 1 || r.Calls != 3 {
		t.Errorf("got %+v", r)
	}
}

// The memory that the sums need grows with the number of operations, and not with the
// number of traces. Time grows with the number of traces.
func BenchmarkStats(b *testing.B) {
	one := list(100)
	for _, traces := range []int{1, 10, 100} {
		b.Run(strconv.Itoa(traces), func(b *testing.B) {
			kept := uint64(0)
			for b.Loop() {
				var s stats.Stats
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

// heap returns how many bytes the sums keep.
func heap(s *stats.Stats) uint64 {
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(s)
	*s = stats.Stats{}
	runtime.GC()
	runtime.ReadMemStats(&without)
	return with.HeapAlloc - min(with.HeapAlloc, without.HeapAlloc)
}
