// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// began is the time at which the traces begin that the tests write.
var began = time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)

// written returns a notification for a Writer, with the payload of OSProfiler's
// drivers for Redis.
func written(t testing.TB, baseID, traceID, name string, at time.Time, info map[string]any) points.Notification {
	t.Helper()
	n := points.Notification{
		Name: name, BaseID: baseID, TraceID: traceID, ParentID: baseID, Timestamp: at,
		Project: "myproject", Service: "my-tool", Host: "laptop",
	}
	if info == nil {
		info = make(map[string]any)
	}
	info["host"] = n.Host
	payload, err := json.Marshal(struct {
		Name      string         `json:"name"`
		BaseID    string         `json:"base_id"`
		TraceID   string         `json:"trace_id"`
		ParentID  string         `json:"parent_id"`
		Timestamp string         `json:"timestamp"`
		Info      map[string]any `json:"info"`
		Project   string         `json:"project"`
		Service   string         `json:"service"`
	}{n.Name, n.BaseID, n.TraceID, n.ParentID, at.Format(points.TimestampFormat), info, n.Project, n.Service})
	if err != nil {
		t.Fatal(err)
	}
	n.Payload = payload
	return n
}

// point returns a point's two notifications. With an etype the point has
// failed.
func point(t *testing.T, baseID string, i int, etype string) []points.Notification {
	t.Helper()
	traceID := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	at := began.Add(time.Duration(i) * time.Millisecond)
	stop := map[string]any{}
	if etype != "" {
		stop["etype"], stop["message"] = etype, "no such \"server\": 'ä\u2028'"
	}
	return []points.Notification{
		written(t, baseID, traceID, "http-start", at, map[string]any{
			"requests": map[string]any{"method": "GET", "hostname": "é.example", "path": "/東京/🚀/\u0000/<&>\\", "port": 8774},
		}),
		written(t, baseID, traceID, "http-stop", at.Add(time.Microsecond), stop),
	}
}

func write(t testing.TB, s points.Store, notifications ...points.Notification) {
	t.Helper()
	if err := s.(points.Writer).Write(t.Context(), notifications); err != nil {
		t.Fatal(err)
	}
}

// infoOf returns the member info of a payload. Every store keeps it.
func infoOf(t *testing.T, payload []byte) []byte {
	t.Helper()
	var object struct {
		Info json.RawMessage `json:"info"`
	}
	if err := json.Unmarshal(payload, &object); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return object.Info
}
