// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls/callstest"
)

// storedServer puts a trace into Redis as if it had begun at that time.
func storedServer(t *testing.T, server *miniredis.Miniredis, baseID string, begin time.Time, trace *callstest.Trace) {
	t.Helper()
	for _, n := range trace.Notifications() {
		at := begin.Add(n.Timestamp.Sub(callstest.Begin)).UTC()
		payload := strings.NewReplacer(callstest.Base, baseID, n.Timestamp.Format("2006-01-02T15:04:05.000000"), at.Format("2006-01-02T15:04:05.000000")).Replace(string(n.Payload))
		if _, err := server.Lpush("osprofiler_opt:"+baseID, payload); err != nil {
			t.Fatal(err)
		}
	}
}

// listing is a request that sends statements, each of which takes some milliseconds.
func listing(statements int, takes float64) *callstest.Trace {
	var t callstest.Trace
	for i := range 8 {
		begin := float64(10_000 * i)
		api := t.Request(0, "nova", "osapi_compute", "GET", "/v2.1/servers/detail", begin, begin+20+float64(statements)*takes)
		for i := range statements {
			at := begin + 10 + float64(i)*takes
			t.Statement(api, "nova", "osapi_compute", "SELECT a FROM instances WHERE id = %(id)s", map[string]any{"id": i}, at, at+takes)
		}
	}
	return &t
}

func TestStats(t *testing.T) {
	text := must(t, "stats", imageShowFile)
	for _, want := range []string{"1 trace, 18 calls, 2026-11-22 16:51:38 to 16:51:38 UTC", "SELECT images", "POST /v3/auth/tokens", "keystone-public", "GET /v2/images/{id}"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") || !strings.Contains(must(t, "stats", "--color", "always", imageShowFile), "\x1b[") {
		t.Error("colours are not as --color says")
	}
	var report struct {
		Traces     int
		Statements []struct {
			Calls   int
			TotalMS float64 `json:"total_ms"`
		}
	}
	file := filepath.Join(t.TempDir(), "stats.json")
	must(t, "stats", "--json", "-o", file, imageShowFile, imageShowFile)
	if err := json.Unmarshal([]byte(read(t, file)), &report); err != nil || report.Traces != 2 || len(report.Statements) == 0 || report.Statements[0].TotalMS == 0 {
		t.Errorf("%v: %+v", err, report)
	}
}

// The traces are the files of a folder, or those of the store that began lately.
func TestStatsOfManyTraces(t *testing.T) {
	folder := t.TempDir()
	report := must(t, "show", "--json", imageShowFile)
	for _, name := range []string{"a.json", "b.json", ".hidden"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if text := must(t, "stats", folder); !strings.HasPrefix(text, "2 traces, 36 calls") {
		t.Errorf("got\n%s", text)
	}
	server := miniredis.RunT(t)
	t.Setenv(connectionStringVariable, "redis://"+server.Addr())
	now := time.Now()
	storedServer(t, server, "5c3f0f9e-8a55-4a0e-9f0e-000000000001", now.Add(-30*time.Minute), listing(12, 1))
	storedServer(t, server, "5c3f0f9e-8a55-4a0e-9f0e-000000000002", now.Add(-50*time.Minute), listing(41, 1))
	storedServer(t, server, "5c3f0f9e-8a55-4a0e-9f0e-000000000003", now.Add(-3*time.Hour), listing(12, 1))
	text := must(t, "stats", "--since", "1h")
	for _, want := range []string{"2 traces, 440 calls", "41 times the same SELECT instances under one GET /v2.1/servers/detail"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := must(t, "stats", "--since", "1d"); !strings.HasPrefix(text, "3 traces") {
		t.Errorf("got\n%s", text)
	}
	if _, stderr, status := call(t, "stats", t.TempDir()); status != exitNotFound || !strings.Contains(stderr, "no files in the folder") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if _, stderr, status := call(t, "stats", "--since", "1m"); status != exitNotFound || !strings.Contains(stderr, "there are no traces") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestStatsRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"which traces? give their ids": {"stats"},
		"give either --since":          {"stats", imageShowFile, "--since", "1h"},
		"or a time in UTC":             {"stats", "--since", "yesterday"},
		"--limit must be":              {"stats", imageShowFile, "-n", "-1"},
		"--color must be":              {"stats", imageShowFile, "--color", "red"},
		"which store?":                 {"stats", "--since", "1h"},
	} {
		if stdout, stderr, status := call(t, args...); status != exitFailure || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
}
