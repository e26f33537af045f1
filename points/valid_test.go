// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/points"
)

// An OTLP exporter refuses a whole batch for one byte that is not UTF-8, so
// such bytes are replaced wherever a store or a file has them.
func TestSpansAreValidUTF8(t *testing.T) {
	const bad = "\xff"
	start := points.Notification{
		Name: "a" + bad + "-start", BaseID: "b" + bad, TraceID: "t" + bad, ParentID: "p" + bad,
		Project: "p" + bad, Service: "s" + bad, Host: "h" + bad, Timestamp: time.Unix(1, 0),
		Payload: json.RawMessage(`{"info": {"db": {"statement": "SELECT` + bad + `", "params": {"` + bad + `": "` + bad + `"}}}}`),
	}
	stop := start
	stop.Name = "a" + bad + "-stop"
	stop.Payload = json.RawMessage(`{"info": {"etype": "E` + bad + `", "message": ["` + bad + `"], "db": {"result": {"a": "` + bad + `"}}}}`)
	tr, err := points.NewTrace("b"+bad, func(yield func(points.Notification, error) bool) {
		_ = yield(start, nil) && yield(stop, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := report(t, tr); !utf8.ValidString(text) {
		t.Errorf("the report: %q", text)
	}
	for _, span := range tr.Spans() {
		for _, text := range textsOf(span) {
			if !utf8.ValidString(text) {
				t.Errorf("%q", text)
			}
		}
		if !strings.Contains(span.Name(), "\ufffd") {
			t.Errorf("its name is %q", span.Name())
		}
	}
}

func textsOf(span sdktrace.ReadOnlySpan) []string {
	texts := []string{span.Name(), span.Status().Description}
	all := append(span.Attributes(), span.Resource().Attributes()...)
	for _, event := range span.Events() {
		texts = append(texts, event.Name)
		all = append(all, event.Attributes...)
	}
	for _, kv := range all {
		texts = append(texts, string(kv.Key), kv.Value.String())
		if kv.Value.Type() == attribute.STRINGSLICE {
			texts = append(texts, kv.Value.AsStringSlice()...)
		}
	}
	return texts
}

// The report of a SQL store lacks the notifications' own times. The trace has
// times then that OTLP can express, and a point with any other time is not in
// the trace.
func TestReportTimes(t *testing.T) {
	read := func(started string) *points.Trace {
		tr, err := points.ReadReport(strings.NewReader(`{"children": [{"trace_id": "1", "parent_id": "0", "children": [],
			"info": {"started": ` + started + `, "finished": 10, "meta.raw_payload.a-start": {}, "meta.raw_payload.a-stop": {}}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	tr := read("0")
	if got := tr.Points[0].Started(); got.UnixNano() <= 0 || got.Year() != 1970 || tr.Points[0].Finished().Sub(got) != 10*time.Millisecond {
		t.Errorf("it started at %v", got)
	}
	for _, started := range []string{"-1", "-1e300", "1e12", "1e300"} {
		if tr := read(started); tr.Len() != 0 || tr.Defects.Unreadable != 1 {
			t.Errorf("%s: %d points, %+v", started, tr.Len(), tr.Defects)
		}
	}
	if !reflect.DeepEqual(tr.Defects, points.Defects{}) {
		t.Errorf("%+v", tr.Defects)
	}
}
