// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	redisserver "github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// The simulated cloud's points are stored like a real cloud's, and the trace
// has each span once.
func TestWholeTraceFromAStore(t *testing.T) {
	clearEnvironment(t)
	shorten(t, &settleQuiet, time.Millisecond)
	server := miniredis.RunT(t)
	connectionString := "redis://" + server.Addr()
	r := execute(t.Context(), t, "--connection-string", connectionString, "--output", "json")
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	report := r.report(t)
	seen := map[string]bool{}
	for _, span := range report.Spans {
		if seen[span.SpanID] {
			t.Errorf("%s is there twice", span.Name)
		}
		seen[span.SpanID] = true
	}

	s, err := store.Open(connectionString)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stored, err := points.Fetch(t.Context(), s, report.BaseID)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Len() != len(report.Spans) || len(stored.Points) != 1 || len(stored.Defects.Notes()) > 0 {
		t.Errorf("%d points, %d at the top, %q; the trace has %d spans", stored.Len(), len(stored.Points), stored.Defects.Notes(), len(report.Spans))
	}
	if notes := stored.Findings().Notes(); len(notes) > 0 || strings.Contains(r.stderr, "trace stops") {
		t.Errorf("of a whole trace: %q\n%s", notes, r.stderr)
	}
	for _, span := range stored.Spans() {
		if !seen[span.SpanContext().SpanID().String()] {
			t.Errorf("%s is stored and not in the trace", span.Name())
		}
	}
}

// The points that a cloud stored are below the program's spans, also those that
// it stored late.
func TestWholeTraceOfServices(t *testing.T) {
	realCloud(t)
	shorten(t, &settleQuiet, time.Millisecond)
	server := miniredis.RunT(t)
	const key = "osprofiler_opt:0af76519-16cd-43dd-8448-eb211c80319c"
	t.Setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	half := func(name string) string {
		payload, err := json.Marshal(map[string]any{
			"name": name, "base_id": strings.TrimPrefix(key, "osprofiler_opt:"), "trace_id": "11111111-2222-4333-8444-555555555555",
			"parent_id": "0af76519-16cd-43dd-b7ad-6b7169203331", "timestamp": "2026-01-31T00:00:00.5", "info": map[string]any{"host": "vm"},
			"project": "nova", "service": "osapi_compute",
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(payload)
	}
	if _, err := server.Lpush(key, half("wsgi-start")); err != nil {
		t.Fatal(err)
	}
	reads := 0
	server.Server().SetPreHook(func(_ *redisserver.Peer, command string, args ...string) bool {
		if command == "LLEN" && args[0] == key {
			if reads++; reads == 2 {
				_, _ = server.Lpush(key, half("wsgi-stop"))
			}
		}
		return false
	})
	r := execute(t.Context(), t, with("--connection-string", "redis://"+server.Addr(), "--output", "json")...)
	report := r.report(t)
	services := map[string]int{}
	for _, span := range report.Spans {
		services[span.Service]++
	}
	if r.status != 0 || services["nova-osapi_compute"] != 1 || services["createserver"] < 5 {
		t.Errorf("exit status %d, spans %v\n%s", r.status, services, r.stderr)
	}
	for _, key := range server.Keys() {
		if !strings.HasSuffix(key, ":0af76519-16cd-43dd-8448-eb211c80319c") {
			t.Errorf("stored under %q", key)
		}
	}
	if reads < 2 {
		t.Error("the trace was not waited for")
	}
}

// The program says so if a cloud's workers store nothing in the trace.
func TestTraceThatStops(t *testing.T) {
	realCloud(t)
	shorten(t, &settleQuiet, time.Millisecond)
	server := miniredis.RunT(t)
	const id = "0af76519-16cd-43dd-8448-eb211c80319c"
	t.Setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	for _, half := range []string{"start", "stop"} {
		if _, err := server.Lpush("osprofiler_opt:"+id, `{"name": "compute_api-`+half+`", "base_id": "`+id+`", "trace_id": "1", "parent_id": "2",
			"timestamp": "2026-01-31T00:00:00.5", "project": "nova", "service": "osapi_compute", "info": {"function": {"name": "nova.compute.api.API.create"}}}`); err != nil {
			t.Fatal(err)
		}
	}
	r := execute(t.Context(), t, with("--connection-string", "redis://"+server.Addr())...)
	if want := "createserver: The trace stops in nova-osapi_compute: nobody has answered 1 RPC call or cast in it"; r.status != 0 || strings.Count(r.stderr, want) != 1 {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
}

// A store that can't be used changes only the drawing.
func TestStoreFails(t *testing.T) {
	shorten(t, &settleQuiet, time.Millisecond)
	shorten(t, &settleTimeout, 50*time.Millisecond)
	empty := miniredis.RunT(t)
	locked := miniredis.RunT(t)
	locked.RequireAuth("s3cret")
	for name, test := range map[string]struct {
		connectionString, want string
	}{
		"wrong password": {"redis://:s3cret2@" + locked.Addr(), "createserver: the services' points could not be read: "},
		"down":           {"redis://:s3cret@127.0.0.1:1", "createserver: the services' points could not be read: "},
		"another store":  {"redis://" + empty.Addr() + "/7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			r := execute(t.Context(), t, with("--connection-string", test.connectionString)...)
			if r.status != 0 || !strings.Contains(r.stderr, test.want) || strings.Contains(r.stderr, "s3cret") {
				t.Errorf("exit status %d\n%s", r.status, r.stderr)
			}
			if !bytes.Contains([]byte(r.stdout), []byte("POST /v2.1/servers")) {
				t.Errorf("the program's own spans are missing\n%s", r.stdout)
			}
			nothingLeft(t, cloud)
		})
	}
	t.Run("no store", func(t *testing.T) {
		realCloud(t)
		r := execute(t.Context(), t, with("--connection-string", "redsi://host")...)
		if r.status != 2 || !strings.Contains(r.stderr, "unknown scheme") {
			t.Errorf("exit status %d\n%s", r.status, r.stderr)
		}
	})
}

// The program says so if a back end is silent, and the store has all spans
// nevertheless.
func TestStoreBesideASilentBackEnd(t *testing.T) {
	clearEnvironment(t)
	shorten(t, &settleQuiet, time.Millisecond)
	shorten(t, &exportTimeout, 2*time.Second)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+silent.Addr().String())
	server := miniredis.RunT(t)
	r := execute(t.Context(), t, "--connection-string", "redis://"+server.Addr(), "--output", "json")
	if r.status != 0 || !strings.Contains(r.stderr, "spans could not be delivered: ") || strings.Contains(r.stderr, "points could not be stored") ||
		strings.Contains(r.stderr, "createserver: context deadline exceeded") {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
	s, err := store.Open("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report := r.report(t)
	stored, err := points.Fetch(t.Context(), s, report.BaseID)
	if err != nil || stored.Len() != len(report.Spans) {
		t.Errorf("%v, stored %+v; the trace has %d spans", err, stored, len(report.Spans))
	}
}
