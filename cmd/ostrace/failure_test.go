// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Whatever goes wrong, the program says so in one line, and never shows the
// password.
func TestFailures(t *testing.T) {
	connectionString, server := redis(t)
	if err := server.Set("osprofiler_opt:0af76519-16cd-43dd-8448-eb211c80319c", "text"); err != nil {
		t.Fatal(err)
	}
	locked, lockedServer := redis(t)
	lockedServer.RequireAuth("s3cret")
	withPassword := func(password string) string { return strings.Replace(locked, "redis://", "redis://:"+password+"@", 1) }
	nobody := unused(t)
	const garbled = "22222222-3333-4444-5555-666666666666"
	if _, err := server.Lpush("osprofiler_opt:"+garbled, "garbage"); err != nil {
		t.Fatal(err)
	}
	span := func(ids string) string { return `{"resourceSpans":[{"scopeSpans":[{"spans":[{` + ids + `}]}]}]}` }
	two := span(`"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"0000000000000001"`) + "\n" +
		span(`"traceId":"1af7651916cd43dd8448eb211c80319c","spanId":"0000000000000001"`)
	const id = "11111111-2222-3333-4444-555555555555"
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no such trace":          {[]string{"show", id, "--connection-string", connectionString}, exitNotFound, "no such trace: " + id + "; the store has 3 other traces, the newest of 2026-"},
		"neither trace nor file": {[]string{"show", "trace.jsn", "--connection-string", connectionString}, exitNotFound, "no such file, and no such trace: trace.jsn; the store has"},
		"exporting none":         {[]string{"export", id, "--connection-string", connectionString}, exitNotFound, "no such trace"},
		"no store":               {[]string{"show", id}, exitFailure, "which store? give --connection-string or set OSPROFILER_CONNECTION_STRING"},
		"unknown store":          {[]string{"show", id, "--connection-string", "redsi://localhost"}, exitFailure, `unknown scheme "redsi"`},
		"store of another kind":  {[]string{"list", "--connection-string", "otlp://localhost:4318"}, exitFailure, "otlp:// can't be read"},
		"unreachable store":      {[]string{"show", id, "--connection-string", "redis://:s3cret@" + nobody}, exitFailure, "connection refused"},
		"listing it":             {[]string{"list", "--connection-string", "redis://:s3cret@" + nobody}, exitFailure, "connection refused"},
		"no password":            {[]string{"show", id, "--connection-string", locked}, exitFailure, "NOAUTH"},
		"wrong password":         {[]string{"show", id, "--connection-string", withPassword("s3cret2")}, exitFailure, "WRONGPASS"},
		"a key of another kind":  {[]string{"show", "0af76519-16cd-43dd-8448-eb211c80319c", "--connection-string", connectionString}, exitFailure, "is not a list"},
		"nothing readable":       {[]string{"show", garbled, "--connection-string", connectionString}, exitFailure, "no part of the trace can be shown: 1 stored notification could not be used: invalid character 'g'"},
		"exporting that":         {[]string{"export", garbled, "--connection-string", connectionString}, exitFailure, "no part of the trace can be shown"},
		"a file, and no store":   {[]string{"show", "trace.jsn"}, exitFailure, "no such file: trace.jsn; for a trace of this id: which store?"},
		"a report of nothing":    {[]string{"show", write(t, `{"children": []}`)}, exitNotFound, "has no points"},
		"OTLP JSON of nothing":   {[]string{"show", write(t, `{"result":{"resourceSpans":[]}}`)}, exitNotFound, "has no points"},
		"spans of two traces":    {[]string{"show", write(t, two)}, exitFailure, "has the spans of 2 traces, but only one can be shown: 0af7651916cd43dd8448eb211c80319c, 1af7651916cd43dd8448eb211c80319c"},
		"spans without ids":      {[]string{"show", write(t, span(`"name":"x"`))}, exitFailure, "1 stored notification could not be used: a span has no traceId or no spanId"},
		"a hostile id":           {[]string{"show", write(t, `{"children":[{"trace_id":"\u001b]0;x\u0007","info":{}}]}`)}, exitFailure, `the point "\x1b]0;x\a" has no`},
		"a name that steers":     {[]string{"show", "\x1b]0;x\x07", "--connection-string", connectionString}, exitNotFound, "\ufffd]0;x\ufffd"},
		"no trace named":         {[]string{"show"}, exitFailure, "which trace? give its id"},
		"two traces":             {[]string{"show", id, id}, exitFailure, "one trace at a time, not 2"},
		"two forms":              {[]string{"show", "--json", "--html", imageShowFile}, exitFailure, "none of the others can be"},
		"a filter for JSON":      {[]string{"show", "--json", "--name", "x", imageShowFile}, exitFailure, "--name is for the tree in the terminal"},
		"a colour":               {[]string{"show", "--color", "red", imageShowFile}, exitFailure, `--color must be auto, always or never, not "red"`},
		"a duration":             {[]string{"show", "--min-duration", "10", imageShowFile}, exitFailure, "missing unit in duration"},
		"a negative duration":    {[]string{"list", "--since", "-1h"}, exitFailure, "it must be a positive duration such as 90m, 1d or 2w"},
		"an unknown flag":        {[]string{"show", "--xml", imageShowFile}, exitFailure, "unknown flag: --xml"},
		"an unknown command":     {[]string{"shwo"}, exitFailure, `unknown command "shwo"`},
		"cut-off JSON":           {[]string{"show", write(t, read(t, imageShowFile)[:9999])}, exitFailure, "it is cut off after"},
		"cut-off OTLP JSON":      {[]string{"show", write(t, must(t, "show", "--otlp-json", imageShowFile)[:9999])}, exitFailure, "not OTLP JSON, at byte"},
		"a file of another kind": {[]string{"show", "main.go"}, exitFailure, "not a trace as osprofiler trace show --json writes it"},
		"a directory":            {[]string{"show", t.TempDir()}, exitFailure, "is a directory"},
		"no such directory":      {[]string{"show", imageShowFile, "-o", filepath.Join(t.TempDir(), "no", "trace.html")}, exitFailure, "no such file or directory"},
		"no URL":                 {[]string{"export", imageShowFile, "--endpoint", "localhost:4318"}, exitFailure, "--endpoint must be a URL such as http://localhost:4318"},
		"a protocol":             {[]string{"export", imageShowFile, "--protocol", "udp"}, exitFailure, "--protocol must be http/protobuf or grpc"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, status := call(t, test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) {
				t.Errorf("status %d, %s; want %d, %q", status, stderr, test.status, test.want)
			}
			if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ostrace: ") {
				t.Errorf("more than one line: %s%s", stdout, stderr)
			}
			if strings.Contains(stderr, "s3cret") {
				t.Errorf("the password shows: %s", stderr)
			}
		})
	}
}

// unused returns an address on which nothing listens.
func unused(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// largeFile writes a report of size bytes, and returns the number of its
// points.
func largeFile(t testing.TB, name string, size int) int {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	statement := strings.Repeat("SELECT * FROM instances, ", 4000)
	points := size / len(statement)
	write := func(format string, args ...any) {
		if _, err := fmt.Fprintf(file, format, args...); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"info": {}, "children": [`)
	for i := range points {
		if i > 0 {
			write(",")
		}
		id := fmt.Sprintf("00000000-0000-4000-8000-%012x", i+1)
		write(`{"trace_id": "%s", "parent_id": "%s", "children": [], "info": {"name": "db", "meta.raw_payload.db-start": {"name": "db-start", "trace_id": "%s",
			"base_id": "%s", "timestamp": "2026-01-31T00:00:00.5", "info": {"db": {"statement": "%s", "params": {}}}}}}`, id, imageShow, id, imageShow, statement)
	}
	write(`], "stats": {}}`)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return points
}

// A large report is shown whole.
func TestShowLargeFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.json")
	points := largeFile(t, name, 4<<20)
	stdout, stderr, status := call(t, "show", name)
	if status != 0 || !strings.Contains(stdout, strconv.Itoa(points)+" spans") {
		t.Errorf("status %d, %s%.500s", status, stderr, stdout)
	}
}

// Time and memory grow with the file.
func BenchmarkShowLargeFile(b *testing.B) {
	for _, megabytes := range []int{2, 20, 200} {
		b.Run(fmt.Sprint(megabytes, " MB"), func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "large.json")
			largeFile(b, name, megabytes<<20)
			b.SetBytes(int64(megabytes << 20))
			b.ReportAllocs()
			for b.Loop() {
				if status := run(b.Context(), []string{"show", name}, streams{strings.NewReader(""), io.Discard, io.Discard}); status != 0 {
					b.Fatalf("status %d", status)
				}
			}
		})
	}
}
