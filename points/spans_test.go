// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

const base = "a3c082a5-3216-4635-925a-3cdd42b8192d"

// spanOf makes the span of one point whose start and stop have these infos.
func spanOf(t *testing.T, point, start, stop string) sdktrace.ReadOnlySpan {
	t.Helper()
	const form = `{"name": "%s-%s", "base_id": "` + base + `", "trace_id": "c67f1f4f-4c19-4502-90d2-9fbf3b26669a",
"parent_id": "` + base + `", "timestamp": "2026-01-31T00:00:0%d.5", "project": "nova", "service": "osapi_compute", "info": %s}`
	var list []points.Notification
	for i, half := range []struct{ name, info string }{{"start", start}, {"stop", stop}} {
		if half.info == "" {
			continue
		}
		n, err := points.ParseNotification(fmt.Appendf(nil, form, point, half.name, i+1, half.info))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	tr, err := points.NewTrace(base, func(yield func(points.Notification, error) bool) {
		for _, n := range list {
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr.Spans()[0]
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]any {
	m := map[string]any{}
	for _, a := range span.Attributes() {
		m[string(a.Key)] = a.Value.AsInterface()
	}
	return m
}

func TestSpans(t *testing.T) {
	for name, test := range map[string]struct {
		point, start, stop string
		want               string
		kind               trace.SpanKind
		attributes         string
		status             sdktrace.Status
	}{
		"a request that came in": {
			"wsgi", `{"request": {"path": "/v2.1/servers", "query": "limit=1", "method": "GET", "scheme": "http"}, "host": "vm"}`, `{"host": "vm"}`,
			"WSGI_GET_/v2.1/servers", trace.SpanKindServer,
			`{"http.path": "/v2.1/servers", "http.query": "limit=1", "http.method": "GET", "http.scheme": "http",
			  "url.path": "/v2.1/servers", "url.query": "limit=1", "http.request.method": "GET", "url.scheme": "http"}`,
			sdktrace.Status{},
		},
		"a method of one's own": {
			"wsgi", `{"request": {"path": "/", "query": "", "method": "BREW", "scheme": "http"}}`, `{}`,
			"WSGI_BREW_/", trace.SpanKindServer,
			`{"http.path": "/", "http.query": "", "http.method": "BREW", "http.scheme": "http",
			  "url.path": "/", "http.request.method": "_OTHER", "http.request.method_original": "BREW", "url.scheme": "http"}`,
			sdktrace.Status{},
		},
		"a statement": {
			"neutron.db", `{"db": {"statement": "select 1 FROM ports", "params": {"a": [1, null]}}}`, `{"db": {"result": "[(1,)]"}}`,
			"SQL_SELECT", trace.SpanKindClient,
			`{"db.statement": "select 1 FROM ports", "db.params": "{\"a\": [1, null]}", "db.query.text": "select 1 FROM ports",
			  "db.operation.name": "SELECT", "db.system.name": "other_sql", "result": "[(1,)]"}`,
			sdktrace.Status{},
		},
		"a request that was sent": {
			"http", `{"requests": {"method": "GET", "query": "", "path": "/image", "hostname": "glance", "port": 9292, "scheme": "http"}}`,
			`{"requests": {"status_code": 404}}`,
			"REQUESTS_GET_glance", trace.SpanKindClient,
			`{"http.path": "/image", "http.query": "", "http.method": "GET", "http.scheme": "http", "http.hostname": "glance", "http.port": 9292,
			  "url.path": "/image", "http.request.method": "GET", "url.scheme": "http", "server.address": "glance", "server.port": 9292,
			  "status_code": 404, "http.response.status_code": 404}`,
			sdktrace.Status{Code: codes.Error},
		},
		"a port that is not known": {
			"http", `{"requests": {"method": "GET", "query": "", "path": "/", "hostname": "glance", "port": "", "scheme": "ftp"}}`, `{"requests": {"status_code": 200}}`,
			"REQUESTS_GET_glance", trace.SpanKindClient,
			`{"http.path": "/", "http.query": "", "http.method": "GET", "http.scheme": "ftp", "http.hostname": "glance",
			  "url.path": "/", "http.request.method": "GET", "url.scheme": "ftp", "server.address": "glance", "status_code": 200, "http.response.status_code": 200}`,
			sdktrace.Status{},
		},
		"a remote call": {
			"rpc", `{"function": {"name": "nova.manager.ping", "args": "(1,)", "kwargs": "{}"}}`, `{"function": {"result": "pong"}}`,
			"rpc", trace.SpanKindInternal,
			`{"name": "nova.manager.ping", "args": "(1,)", "kwargs": "{}", "result": "pong", "code.function.name": "nova.manager.ping",
			  "rpc.method": "nova.manager.ping", "rpc.system.name": "oslo.messaging"}`,
			sdktrace.Status{},
		},
		"a function that failed": {
			"compute_api", `{"function": {"name": "nova.compute.api.API.get"}}`, `{"etype": "nova.exception.InstanceNotFound", "message": "Instance x could not be found."}`,
			"compute_api", trace.SpanKindClient,
			`{"name": "nova.compute.api.API.get", "code.function.name": "nova.compute.api.API.get", "error": true, "error.type": "nova.exception.InstanceNotFound"}`,
			sdktrace.Status{Code: codes.Error, Description: "Instance x could not be found."},
		},
		"an exception without a message": {
			"vif_driver", `{}`, `{"etype": "KeyError", "message": null}`,
			"vif_driver", trace.SpanKindInternal, `{"error": true, "error.type": "KeyError"}`,
			sdktrace.Status{Code: codes.Error, Description: "KeyError"},
		},
		"no stop":  {"rpc", `{}`, "", "rpc", trace.SpanKindInternal, `{"osprofiler.missing": "stop"}`, sdktrace.Status{}},
		"no start": {"a-b", "", `{"function": {"result": "x"}}`, "a-b", trace.SpanKindInternal, `{"osprofiler.missing": "start", "result": "x"}`, sdktrace.Status{}},
		"Python's NaN": {
			"db", `{"db": {"statement": "SELECT 1", "params": {"ratio": NaN, "NaN": [-Infinity, "Infinity"]}}}`, `{}`,
			"SQL_SELECT", trace.SpanKindClient,
			`{"db.statement": "SELECT 1", "db.query.text": "SELECT 1", "db.operation.name": "SELECT", "db.system.name": "other_sql",
			  "db.params": "{\"ratio\": \"NaN\", \"NaN\": [\"-Infinity\", \"Infinity\"]}"}`,
			sdktrace.Status{},
		},
		"bytes that are no text": {
			"rpc", "{\"function\": {\"name\": {\"\xff\": 1}}}", `{}`,
			"rpc", trace.SpanKindInternal,
			`{"name": "{\"�\": 1}", "code.function.name": "{\"�\": 1}", "rpc.method": "{\"�\": 1}", "rpc.system.name": "oslo.messaging"}`,
			sdktrace.Status{},
		},
		"info of another form": {
			"wsgi", `{"request": "GET /", "db": 7, "function": {"args": ["f"]}}`, `{"etype": {"a": 1}, "message": [2]}`,
			"wsgi", trace.SpanKindServer, `{"error": true, "error.type": "{\"a\": 1}"}`, sdktrace.Status{Code: codes.Error, Description: "[2]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			span := spanOf(t, test.point, test.start, test.stop)
			if span.Name() != test.want || span.SpanKind() != test.kind {
				t.Errorf("%s %s, want %s %s", span.SpanKind(), span.Name(), test.kind, test.want)
			}
			if span.Status() != test.status {
				t.Errorf("status %+v, want %+v", span.Status(), test.status)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(test.attributes), &want); err != nil {
				t.Fatal(err)
			}
			want["osprofiler.point"] = test.point
			want["osprofiler.trace_id"] = "c67f1f4f-4c19-4502-90d2-9fbf3b26669a"
			if got, want := text(attributesOf(span)), text(want); got != want {
				t.Errorf("attributes\n%s\nwant\n%s", got, want)
			}
			if service := text(span.Resource().String()); service != text("host.name=vm,service.name=nova-osapi_compute") &&
				service != text("service.name=nova-osapi_compute") {
				t.Errorf("resource %s", service)
			}
			if failed := test.status.Description != ""; failed != (len(span.Events()) == 1) {
				t.Errorf("events %v", span.Events())
			}
		})
	}
}

// Where the clocks of two hosts differ, a point can stop before it started. Its
// span then ends where it starts, because back ends refuse a negative duration.
func TestSpanDoesNotEndBeforeItStarts(t *testing.T) {
	begin := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for took, want := range map[time.Duration]time.Duration{time.Second: time.Second, 0: 0, -time.Second: 0} {
		tr, err := points.NewTrace(base, func(yield func(points.Notification, error) bool) {
			n := points.Notification{Name: "rpc-start", BaseID: base, TraceID: "c67f1f4f-4c19-4502-90d2-9fbf3b26669a", ParentID: base, Timestamp: begin}
			if yield(n, nil) {
				n.Name, n.Timestamp = "rpc-stop", begin.Add(took)
				yield(n, nil)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if span := tr.Spans()[0]; !span.StartTime().Equal(begin) || span.EndTime().Sub(span.StartTime()) != want {
			t.Errorf("a point that took %s is a span from %s to %s", took, span.StartTime(), span.EndTime())
		}
	}
}

// text returns the JSON of a value. Equal numbers have equal texts, whatever
// their types are.
func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// The bridge.
func TestIDsOfSpans(t *testing.T) {
	const (
		id     = "c67f1f4f-4c19-4502-90d2-9fbf3b26669a"
		parent = "a3c082a5-3216-4635-0102-030405060708"
	)
	for name, test := range map[string]struct {
		baseID, traceID, parentID string
		span, parent              string
	}{
		"below a Go program's span":  {base, id, parent, "90d29fbf3b26669a", "0102030405060708"},
		"at the top":                 {base, id, base, "90d29fbf3b26669a", "0000000000000000"},
		"in upper case":              {"A3C082A5-3216-4635-925A-3CDD42B8192D", id, "A3C082A5-3216-4635-925A-3CDD42B8192D", "90d29fbf3b26669a", "0000000000000000"},
		"the bridge's root":          {base, base, "00000000-0000-0000-0000-000000000000", "925a3cdd42b8192d", "0000000000000000"},
		"its own parent":             {base, id, id, "90d29fbf3b26669a", "0000000000000000"},
		"without hyphens":            {base, "c67f1f4f4c19450290d29fbf3b26669a", parent, "90d29fbf3b26669a", "0102030405060708"},
		"ids that are no UUIDs":      {"trace", "point", "parent", "", ""},
		"an id that ends with zeros": {base, "c67f1f4f-4c19-4502-0000-000000000000", parent, "", "0102030405060708"},
	} {
		t.Run(name, func(t *testing.T) {
			n := points.Notification{Name: "a-start", BaseID: test.baseID, TraceID: test.traceID, ParentID: test.parentID}
			tr, err := points.NewTrace(test.baseID, func(yield func(points.Notification, error) bool) { yield(n, nil) })
			if err != nil {
				t.Fatal(err)
			}
			span, again := tr.Spans()[0], tr.Spans()[0]
			if span.SpanContext().SpanID() != again.SpanContext().SpanID() || span.Parent().SpanID() != again.Parent().SpanID() ||
				span.SpanContext().TraceID() != again.SpanContext().TraceID() {
				t.Error("the ids are others each time")
			}
			if !span.SpanContext().IsValid() {
				t.Errorf("not valid: %v", span.SpanContext())
			}
			if want, ok := propagation.TraceID(test.baseID); ok && span.SpanContext().TraceID() != want {
				t.Errorf("trace %s", span.SpanContext().TraceID())
			}
			if got := span.SpanContext().SpanID().String(); test.span != "" && got != test.span {
				t.Errorf("span %s, want %s", got, test.span)
			}
			if got := span.Parent().SpanID().String(); test.parent != "" && got != test.parent {
				t.Errorf("parent %s, want %s", got, test.parent)
			}
		})
	}
}
