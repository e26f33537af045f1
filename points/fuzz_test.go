// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/ostrace/ostrace/points"
)

// Whatever a store holds, no point is lost, and the report is JSON.
func FuzzTrace(f *testing.F) {
	f.Add([]byte(`{"name": "db-start", "base_id": "b", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {"db": {"statement": "SELECT 1", "params": {}}, "host": "vm"}, "project": "nova", "service": null}
{"name": "db-stop", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.2", "info": {"etype": "E", "message": [1]}}`))
	f.Add([]byte(`{"name": "a-start", "trace_id": "1", "parent_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {"host": 7}}`))
	f.Add([]byte(`{"name": "a-start", "trace_id": "1", "parent_id": "2", "timestamp": "2026-01-31T00:00:00.1", "info": null}
{"name": "stop", "trace_id": "2", "parent_id": "1", "timestamp": "0001-01-01T00:00:00"}`))
	f.Add([]byte("{\"name\": \"a-start\", \"trace_id\": \"1\", \"timestamp\": \"2026-01-31T00:00:00.1\", \"info\": {\"db\": {\"statement\": NaN, \"params\": \"\xff\"}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ids := map[string]bool{}
		unreadable := 0
		for n, err := range lines(text) {
			if err != nil {
				unreadable++
			} else {
				ids[n.TraceID] = true
			}
		}
		tr, err := points.NewTrace("base", lines(text))
		if err != nil {
			t.Fatal(err)
		}
		if tr.Defects.Unreadable != unreadable {
			t.Errorf("%d unreadable, want %d", tr.Defects.Unreadable, unreadable)
		}
		for p := range tr.All() {
			if !ids[p.TraceID] {
				t.Errorf("%q is there twice, or from nowhere", p.TraceID)
			}
			delete(ids, p.TraceID)
		}
		if len(ids) > 0 {
			t.Errorf("lost: %v", ids)
		}
		if spans := tr.Spans(); len(spans) != tr.Len() {
			t.Errorf("%d spans of %d points", len(spans), tr.Len())
		}
		if text := report(t, tr); !json.Valid([]byte(text)) || !utf8.ValidString(text) {
			t.Error("the report is not JSON")
		}
	})
}

// Whatever a file holds, reading it ends with a trace or an error. A trace that
// was read and written is the same when it is read again.
func FuzzReadReport(f *testing.F) {
	f.Add([]byte(`{"info": {}, "children": [{"info": {"name": "a", "started": 1, "meta.raw_payload.a-start": {"name": "a-start", "base_id": "b", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {}}}, "trace_id": "1", "parent_id": "b", "children": [{"trace_id": "2", "info": {"meta.raw_payload.b-stop": {}}, "children": []}]}], "stats": {}}`))
	f.Add([]byte(`{"children": [{"info": {"started": 1e300, "meta.raw_payload.a-stop": {}}, "trace_id": "1", "parent_id": "1", "children": []}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := points.ReadReport(bytes.NewReader(text))
		if err != nil {
			return
		}
		first := report(t, tr)
		again, err := points.ReadReport(bytes.NewReader([]byte(first)))
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if again.Len() != tr.Len() {
			t.Errorf("%d points, then %d\n%s", tr.Len(), again.Len(), first)
		}
	})
}
