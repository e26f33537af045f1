// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

func TestOperation(t *testing.T) {
	for _, test := range []struct{ name, info, want string }{
		{"wsgi-start", `{"host": "h", "request": {"method": "POST", "path": "/v2.1/servers", "query": ""}}`, "POST /v2.1/servers"},
		{"wsgi-start", `{"request": {"method": "GET", "path": null}}`, "GET"},
		{"requests-start", `{"requests": {"method": "GET", "hostname": "glance", "path": "/v2/images"}}`, "GET /v2/images"},
		{"db-start", `{"db": {"statement": "select 1", "params": {}}}`, "SELECT"},
		{"rpc-start", `{"function": {"name": "nova.compute.manager.ComputeManager.build_and_run_instance", "args": "()"}}`, "build_and_run_instance"},
		{"internal-start", `{"function": {"name": "createserver"}, "opentelemetry": {"name": "createserver run", "service.name": "createserver"}}`, "createserver run"},
		{"wsgi-stop", `{"host": "h"}`, "wsgi"},
		{"neutron.db-stop", `{"db": {"result": "[]"}}`, "neutron.db"},
		{"wsgi-start", `{"request": {"method": 7}, "db": {"statement": ["x"]}, "function": "f"}`, "wsgi"},
		{"wsgi-start", `null`, "wsgi"},
		{"wsgi-start", `"POST"`, "wsgi"},
		{"", `{}`, ""},
	} {
		n := points.Notification{Name: test.name, Payload: []byte(`{"info": ` + test.info + `}`)}
		if got := n.Operation(); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.name, test.info, got, test.want)
		}
	}
	if got := (points.Notification{Name: "db-start"}).Operation(); got != "db" {
		t.Errorf("without a payload: %q", got)
	}
}

func TestFailed(t *testing.T) {
	for payload, want := range map[string]bool{
		`{"info": {"etype": "ValueError", "message": "no"}}`:         true,
		`{"info": {"etype": null}}`:                                  false,
		`{"info": {"db": {"statement": "SELECT etype FROM t"}}}`:     false,
		`{"etype": "ValueError", "info": {"function": {"etype":1}}}`: false,
		``: false,
	} {
		if got := (points.Notification{Payload: []byte(payload)}).Failed(); got != want {
			t.Errorf("%s: %t", payload, got)
		}
	}
}

// A notification has the name of the service that its point's span has.
func TestServiceName(t *testing.T) {
	for _, test := range []struct{ project, service, info, want, wantProject string }{
		{"nova", "osapi_compute", `{}`, "nova-osapi_compute", "nova"},
		{"", "osapi_compute", `{}`, "osapi_compute", "osapi_compute"},
		{"nova", "", `{}`, "nova", "nova"},
		{"", "", `{}`, "unknown_service", "unknown_service"},
		{"createserver", "createserver", `{"opentelemetry": {"name": "x", "service.name": "createserver"}}`, "createserver", "createserver"},
	} {
		n := points.Notification{
			Name: "x-start", TraceID: "1", BaseID: imageShow, Timestamp: time.Unix(1, 0),
			Project: test.project, Service: test.service, Payload: []byte(`{"info": ` + test.info + `}`),
		}
		if got, project := n.ServiceName(), n.ProjectName(); got != test.want || project != test.wantProject {
			t.Errorf("%+v: %q of %q", test, got, project)
		}
		tr, err := points.NewTrace(imageShow, func(yield func(points.Notification, error) bool) { yield(n, nil) })
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := tr.Spans()[0].Resource().Set().Value("service.name"); got.AsString() != test.want {
			t.Errorf("%+v: the span's service is %q", test, got.AsString())
		}
	}
}

// A summary has what the whole notifications say, and fails for those that can't
// be parsed.
func TestSummarize(t *testing.T) {
	const good = `{"name": "wsgi-start", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {"request": {"method": "GET", "path": "/"}}}`
	for _, payload := range []string{
		good, `{"name": "a-stop", "trace_id": 7, "timestamp": "2026-01-31T00:00:00"}`, `{"name": 7, "trace_id": "1", "timestamp": "2026-01-31T00:00:00"}`,
		`{"name": "\u0061-start", "trace_id": "1", "timestamp": "2026-01-31T00:00:00", "info": {"x": NaN}}`,
		"{\"name\": \"\xff-start\", \"trace_id\": \"1\", \"timestamp\": \"2026-01-31T00:00:00\"}",
		`{"name": "a", "trace_id": "1", "timestamp": "2026-01-31T00:00:00", "timestamp": null}`,
		``, `{`, `[]`, `null`, `{"name": "", "trace_id": "1", "timestamp": "2026-01-31T00:00:00"}`, `{"name": "a", "trace_id": "", "timestamp": "2026-01-31T00:00:00"}`,
		`{"name": "a", "trace_id": null, "timestamp": "2026-01-31T00:00:00"}`, `{"name": "a", "trace_id": "1", "timestamp": "today"}`, `{"name": "a", "trace_id": "1"}`, good + "x",
	} {
		want, wantErr := points.ParseNotification([]byte(payload))
		got, err := points.Summarize("id", 3, []byte(payload), []byte(good))
		if (err == nil) != (wantErr == nil) || err != nil && (!errors.Is(err, points.ErrUnreadable) || err.Error() != wantErr.Error()) || got.BaseID != "id" || got.Notifications != 3 {
			t.Errorf("%q: %+v, %v; want %v", payload, got, err, wantErr)
		}
		if err == nil && (!got.Timestamp.Equal(want.Timestamp) || got.Operation != want.Operation() || got.Newest.Nanosecond() != 1e8) {
			t.Errorf("%q: %+v", payload, got)
		}
		if got, err := points.Summarize("id", 3, []byte(good), []byte(payload)); err != nil || got.Newest.IsZero() != (wantErr != nil) || got.Operation != "GET /" {
			t.Errorf("%q as the last one: %+v, %v", payload, got, err)
		}
	}
}

func TestTraceSummary(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	for _, test := range []struct {
		summary  points.TraceSummary
		duration time.Duration
		points   int
	}{
		{points.TraceSummary{Timestamp: at, Newest: at.Add(time.Second), Notifications: 4}, time.Second, 2},
		{points.TraceSummary{Timestamp: at, Newest: at.Add(-time.Second), Notifications: 3}, 0, 2},
		{points.TraceSummary{Timestamp: at, Notifications: 1}, 0, 1},
		{points.TraceSummary{Newest: at}, 0, 0},
		{points.TraceSummary{}, 0, 0},
	} {
		if d, n := test.summary.Duration(), test.summary.Points(); d != test.duration || n != test.points {
			t.Errorf("%+v: %v, %d points", test.summary, d, n)
		}
	}
}
