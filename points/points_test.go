// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"bufio"
	"bytes"
	"errors"
	"iter"
	"os"
	"testing"

	"github.com/ostrace/ostrace/points"
)

const imageShow = "a3c082a5-3216-4635-925a-3cdd42b8192d"

// lines yields the notifications of a text that has one payload in each line.
func lines(text []byte) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) > 0 && !yield(points.ParseNotification(line)) {
				return
			}
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newTrace(t testing.TB, baseID, text string) *points.Trace {
	t.Helper()
	tr, err := points.NewTrace(baseID, lines([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func report(t testing.TB, tr *points.Trace) string {
	t.Helper()
	var b bytes.Buffer
	if err := tr.WriteReport(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The files image-show have the points that Keystone and Glance stored for
// "openstack image show", and the report that "osprofiler trace show --json"
// printed of them.
func TestReportIsOSProfilers(t *testing.T) {
	tr := newTrace(t, imageShow, string(read(t, "testdata/image-show.jsonl")))
	want := string(read(t, "testdata/image-show.json"))
	if got := report(t, tr); got != want {
		t.Errorf("the report differs from OSProfiler's at byte %d", firstDifference(got, want))
	}
	if tr.Len() != 18 || len(tr.Points) != 4 {
		t.Errorf("%d points, %d at the top; want 18 and 4", tr.Len(), len(tr.Points))
	}
	if notes := tr.Defects.Notes(); len(notes) > 0 {
		t.Errorf("defects of a sound trace: %q", notes)
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestReadReport(t *testing.T) {
	want := newTrace(t, imageShow, string(read(t, "testdata/image-show.jsonl")))
	got, err := points.ReadReport(bytes.NewReader(read(t, "testdata/image-show.json")))
	if err != nil {
		t.Fatal(err)
	}
	if got.BaseID != imageShow || got.Len() != want.Len() {
		t.Errorf("%s with %d points, want %s with %d", got.BaseID, got.Len(), imageShow, want.Len())
	}
	if !equalJSON(t, report(t, got), report(t, want)) {
		t.Error("reading and writing a report changes it")
	}
}

func TestNotAReport(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":      {"", "it is cut off after 0 bytes"},
		"text":         {"Traceback", "invalid character 'T'"},
		"an array":     {"[]", "found [ instead of {"},
		"a number":     {"7", "found 7 instead of {"},
		"no children":  {`{"info": {}}`, `it has no "children"`},
		"cut off":      {string(read(t, "testdata/image-show.json")[:20000]), "it is cut off after"},
		"more":         {`{"children": []} {}`, "something follows"},
		"wrong points": {`{"children": [7]}`, "found 7 instead of {"},
		"wrong ids":    {`{"children": [{"trace_id": 7}]}`, "cannot unmarshal number"},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := points.ReadReport(bytes.NewReader([]byte(test.text)))
			if err == nil {
				t.Fatalf("no error, but %d points", tr.Len())
			}
			if !bytes.Contains([]byte(err.Error()), []byte(test.want)) {
				t.Errorf("%q, want something with %q", err, test.want)
			}
		})
	}
}

// A SQL store has columns for members that other stores have in the payload, so
// OSProfiler's report of it has neither the base_id nor the time of day.
func TestReadReportOfSQL(t *testing.T) {
	const text = `{"info": {}, "stats": {}, "children": [{
		"info": {"name": "wsgi", "project": "nova", "service": "osapi_compute", "host": "vm", "started": 0, "finished": 12,
			"meta.raw_payload.wsgi-start": {"info": {"request": {"method": "GET", "path": "/"}}},
			"meta.raw_payload.wsgi-stop": {"info": {}}, "exception": "None"},
		"trace_id": "c67f1f4f-4c19-4502-90d2-9fbf3b26669a", "parent_id": "a3c082a5-3216-4635-925a-3cdd42b8192d",
		"children": []}]}`
	tr, err := points.ReadReport(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	if tr.BaseID != imageShow {
		t.Errorf("base_id %q", tr.BaseID)
	}
	p := tr.Points[0]
	if d := p.Finished().Sub(p.Started()); d.Milliseconds() != 12 || p.Host != "vm" || p.Project != "nova" {
		t.Errorf("%v, %+v", d, p)
	}
	if name := tr.Spans()[0].Name(); name != "WSGI_GET_/" {
		t.Errorf("span %q", name)
	}
}

func TestTreeOfOddTraces(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		tree string
		note string
	}{
		"empty": {"", "", ""},
		"reordered": {`
{"name": "db-stop", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.4", "info": {}}
{"name": "wsgi-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:01", "info": {}}
{"name": "db-start", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "wsgi-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
			"wsgi 100 1000 (db 200 400)", ""},
		"siblings by their start": {`
{"name": "b-start", "trace_id": "2", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "b-stop", "trace_id": "2", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "a-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.5", "info": {}}`,
			"a 100 500 b 200 200", ""},
		"unfinished": {`
{"name": "rpc-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
			"rpc 100 100", "1 point has no stop: it is shown as unfinished"},
		"no start": {`
{"name": "rpc-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
			"rpc 100 100", "1 point has no start: it is shown where it stopped"},
		"repeated": {`
{"name": "rpc-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "rpc-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "rpc-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.3", "info": {}}`,
			"rpc 200 300", "1 notification repeats another one: the last one is used"},
		"its own parent": {`
{"name": "a-start", "trace_id": "1", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": "1", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
			"a 100 100", "1 cycle of points that are each other's parents was cut"},
		"a cycle, and one below it": {`
{"name": "c-start", "trace_id": "3", "parent_id": "2", "timestamp": "2026-01-31T00:00:00.0", "info": {}}
{"name": "c-stop", "trace_id": "3", "parent_id": "2", "timestamp": "2026-01-31T00:00:00.4", "info": {}}
{"name": "b-start", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "b-stop", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "a-start", "trace_id": "1", "parent_id": "2", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": "1", "parent_id": "2", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
			"a 100 100 (b 200 200 (c 0 400))", "1 cycle of points that are each other's parents was cut"},
		"info of every form": {`
{"name": "a-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": null}
{"name": "a-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.2", "info": []}
{"name": "b-start", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": "text", "project": 7, "service": ["x"]}
{"name": "b-stop", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.2", "info": {"host": 7}}`,
			"a 100 200 (b 100 200)", ""},
		"ids that are numbers": {`
{"name": "a-start", "trace_id": 1, "parent_id": 0, "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": 1, "parent_id": 0, "timestamp": "2026-01-31T00:00:00.2", "info": {}}
{"name": "b-start", "trace_id": 2, "parent_id": 1, "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "b-stop", "trace_id": 2, "parent_id": 1, "timestamp": "2026-01-31T00:00:00.2", "info": {}}`,
			"a 100 200 (b 100 200)", ""},
		"Python's NaN": {`
{"name": "db-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {"db": {"statement": "NaN", "params": {"\"a": NaN, "b": [-Infinity, Infinity]}}}}
{"name": "db-stop", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.2", "info": {}}`,
			"db 100 200", ""},
		"a time that OpenTelemetry can't tell": {`
{"name": "a-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": "1", "parent_id": "0", "timestamp": "0001-01-01T00:00:00.1", "info": {}}`,
			"a 100 100", `1 stored notification could not be used: its timestamp is in the year 1, not between 1970 and 2261`},
		"an unreadable one": {`
{"name": "a-start", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}
{"name": "a-stop", "trace_id": "1", "parent_id": "0", "timestamp": "yesterday", "info": {}}`,
			"a 100 100", `1 stored notification could not be used: its timestamp is "yesterday", not like 2026-01-31T23:59:59.123456`},
		"unreadable ones": {`
{"name": "a-start", "trace_id": "1", "parent_id": "0", "timesta
WRONG
{"trace_id": "1"}
{"name": "a-start"}
[]`, "", "5 stored notifications could not be used; the first: unexpected end of JSON input"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := newTrace(t, "0", test.text)
			if got := tree(tr.Points); got != test.tree {
				t.Errorf("tree %q, want %q", got, test.tree)
			}
			notes := tr.Defects.Notes()
			if test.note == "" && len(notes) > 0 || test.note != "" && (len(notes) == 0 || notes[0] != test.note) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			n := 0
			for range tr.All() {
				n++
			}
			if n != tr.Len() || len(tr.Spans()) != tr.Len() {
				t.Errorf("All yields %d points and Spans has %d; want %d", n, len(tr.Spans()), tr.Len())
			}
		})
	}
}

func TestStoresErrorEndsTheTrace(t *testing.T) {
	broken := errors.New("connection lost")
	tr, err := points.NewTrace("0", func(yield func(points.Notification, error) bool) {
		_ = yield(points.Notification{Name: "a-start", TraceID: "1"}, nil) &&
			yield(points.Notification{}, points.ErrUnreadable) &&
			yield(points.Notification{}, broken)
	})
	if !errors.Is(err, broken) || tr != nil {
		t.Errorf("%v, %v", tr, err)
	}
}

func TestTimestamps(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31T23:59:59.123456": "2026-01-31T23:59:59.123456",
		"2026-01-31T23:59:59.1":      "2026-01-31T23:59:59.100000",
		"2026-01-31T23:59:59":        "2026-01-31T23:59:59.000000",
		"":                           "",
		"1970-01-01T00:00:00":        "1970-01-01T00:00:00.000000",
		"2261-12-31T23:59:59.999999": "2261-12-31T23:59:59.999999",
		"1969-12-31T23:59:59":        "",
		"2262-01-01T00:00:00":        "",
		"9999-12-31T23:59:59":        "",
		"2026-01-31 23:59:59":        "",
		"2026-13-31T23:59:59.1":      "",
		"2026-01-31T23:59:59.1Z":     "",
	} {
		at, err := points.ParseTimestamp(text)
		if want == "" {
			if !errors.Is(err, points.ErrUnreadable) {
				t.Errorf("%q: %v, %v", text, at, err)
			}
			continue
		}
		if err != nil || at.Format(points.TimestampFormat) != want {
			t.Errorf("%q: %v, %v", text, at, err)
		}
	}
}

// BenchmarkTrace reads a trace and writes its report.
func BenchmarkTrace(b *testing.B) {
	text := read(b, "testdata/image-show.jsonl")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		tr, err := points.NewTrace(imageShow, lines(text))
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriter(&bytes.Buffer{})
		if err := tr.WriteReport(w); err != nil {
			b.Fatal(err)
		}
	}
}
