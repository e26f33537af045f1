// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

var traces = flag.Int("traces", 4_000, "how many stored traces to compare")

// stored is a notification in the form of the Redis driver.
type stored struct {
	Name      string         `json:"name"`
	BaseID    string         `json:"base_id"`
	TraceID   string         `json:"trace_id"`
	ParentID  string         `json:"parent_id"`
	Timestamp string         `json:"timestamp"`
	Info      map[string]any `json:"info"`
	Project   *string        `json:"project"`
	Service   *string        `json:"service"`
}

// storedTrace generates a trace, with repeated and missing notifications,
// missing parents, and times in any order.
func storedTrace(r *rand.Rand) []stored {
	var list []stored
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	optional := func(texts ...string) *string {
		if text := pick(texts...); text != "" {
			return &text
		}
		return nil
	}
	points := 1 + r.IntN(12)
	for i := range points {
		parent := r.IntN(points + 2)
		if r.IntN(20) > 0 { // so that there are few cycles
			parent = i + 1 + r.IntN(points+2-i)
		}
		name := pick("wsgi", "db", "neutron.db", "rpc", "compute_api", "vif-driver", "http", "stop", "ünïcode")
		for _, half := range slices.Repeat([]string{"-start", "-stop"}, 1+r.IntN(8)/7) {
			if r.IntN(12) == 0 {
				continue
			}
			list = append(list, stored{
				Name: name + half, BaseID: "base", TraceID: fmt.Sprint("p", i), ParentID: fmt.Sprint("p", parent),
				Timestamp: fmt.Sprintf("2026-01-31T%02d:00:%02d.%0*d", r.IntN(2), r.IntN(60), 1+r.IntN(6), r.IntN(10)),
				Info:      storedInfo(r, half == "-start"),
				Project:   optional("nova", "neutron", ""), Service: optional("api", "<ünï>", ""),
			})
		}
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func storedInfo(r *rand.Rand, start bool) map[string]any {
	info := map[string]any{"host": "vm"}
	text := func() string {
		return []string{"", "GET", "/v2/{x}?<&>", "SELECT 1", "żółć \"\\\n", "\u2028"}[r.IntN(6)]
	}
	switch {
	case start && r.IntN(3) == 0:
		info["request"] = map[string]any{"path": text(), "query": text(), "method": "GET", "scheme": "http"}
	case start && r.IntN(2) == 0:
		info["db"] = map[string]any{"statement": "SELECT " + text(), "params": map[string]any{"a": []any{1, 2.5, nil, text()}, "b": map[string]any{}}}
	case start:
		info["function"] = map[string]any{"name": "f" + text(), "args": text(), "kwargs": text()}
	case r.IntN(4) == 0:
		info["etype"], info["message"] = "KeyError", text()
	}
	return info
}

// The report of a stored trace has the same values as OSProfiler's report, and
// the spans have the attributes of OSProfiler's drivers for OpenTracing.
func TestReportsAgainstOSProfiler(t *testing.T) {
	t.Logf("seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 2))
	p := start(t, "report.py")
	circles := 0
	for done := 0; done < *traces; {
		var batch [][]stored
		for range 100 {
			if trace := storedTrace(r); len(trace) > 0 {
				batch = append(batch, trace)
			}
		}
		if err := p.send(batch); err != nil {
			t.Fatal(err)
		}
		var answers [][2]json.RawMessage
		if err := json.Unmarshal(p.line(t), &answers); err != nil {
			t.Fatal(err)
		}
		for i, trace := range batch {
			if !compareReport(t, trace, answers[i]) {
				circles++
			}
		}
		done += len(batch)
	}
	if circles > *traces/2 {
		t.Errorf("%d of the traces had circles: too few are compared", circles)
	}
}

// compareReport leaves out traces with cycles, in which OSProfiler loses
// points.
func compareReport(t *testing.T, trace []stored, answer [2]json.RawMessage) bool {
	t.Helper()
	var want string
	var tags []map[string]any
	if err := json.Unmarshal(answer[0], &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer[1], &tags); err != nil {
		t.Fatal(err)
	}
	got, err := points.NewTrace("base", func(yield func(points.Notification, error) bool) {
		for _, s := range trace {
			payload, _ := json.Marshal(s)
			if !yield(points.ParseNotification(payload)) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Defects.Unreadable > 0 {
		t.Fatal(got.Defects.FirstUnreadable)
	}
	if got.Defects.Cycles > 0 {
		return false
	}
	if want == "" { // OSProfiler fails if a trace has no start
		if slices.ContainsFunc(trace, func(s stored) bool { return !strings.HasSuffix(s.Name, "stop") }) {
			t.Fatalf("OSProfiler failed with %+v", trace)
		}
		return true
	}
	var report strings.Builder
	if err := got.WriteReport(&report); err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, report.String(), want) {
		t.Fatalf("got\n%s\nwant\n%s", report.String(), want)
	}
	compareTags(t, trace, tags)
	return true
}

func compareTags(t *testing.T, trace []stored, tags []map[string]any) {
	t.Helper()
	for _, s := range trace {
		if strings.HasSuffix(s.Name, "stop") {
			continue
		}
		want := tags[0]
		tags = tags[1:]
		payload, _ := json.Marshal(s)
		one, err := points.NewTrace("base", func(yield func(points.Notification, error) bool) { yield(points.ParseNotification(payload)) })
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]any{}
		for _, a := range one.Spans()[0].Attributes() {
			has[string(a.Key)] = a.Value.AsInterface()
		}
		for key, value := range want {
			if key == "db.params" {
				if text, _ := has[key].(string); sameJSON(t, text, value.(string)) {
					continue
				}
			}
			if has[key] != value {
				t.Fatalf("%s: %s is %q, want %q", payload, key, has[key], value)
			}
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal([]byte(a), &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &right); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%#v", left) == fmt.Sprintf("%#v", right)
}
