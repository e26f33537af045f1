// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/store"
)

// The secret in a connection string or an endpoint with a slip is not shown,
// however it is given.
func TestSlipsShowNoSecret(t *testing.T) {
	const secret = "Tr0ub4dor"
	const id = "11111111-2222-3333-4444-555555555555"
	for slip := range strings.Lines(read(t, "../../store/testdata/slips.txt")) {
		slip = strings.TrimSuffix(slip, "\n")
		calls := [][]string{
			{slip},
			{"show", slip},
			{"show", id, slip},
			{"show", id, "--connection-strin=" + slip},
			{"show", id, "-connection-string=" + slip},
			{"show", id, "--color", slip},
			{"show", id, "--min-duration", slip},
			{"show", id, "--html=" + slip},
			{"list", slip},
			{"list", "--since=" + slip},
			{"list", "-o"},
			{"export", slip},
			{"export", imageShowFile, "--endpoint", slip},
			{"export", imageShowFile, "--endpoint=" + slip, "--protocol=grpc"},
			{"export", imageShowFile, "--protocol", slip},
			{"show", imageShowFile, "-o", slip + "/no/such/directory"},
		}
		if s, err := store.Open(slip); err == nil { // no slip for a store
			_ = s.Close()
		} else {
			calls = append(calls, []string{"list", "--connection-string", slip}, []string{"show", id, "--connection-string=" + slip})
		}
		for _, args := range calls {
			stdout, stderr, status := call(t, args...)
			if status == 0 || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%q: status %d, %s%s", args, status, stdout, stderr)
			}
		}
		for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", connectionStringVariable} {
			if name == connectionStringVariable && len(calls) == 16 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Setenv(name, slip)
				args := []string{"export", imageShowFile}
				if name == connectionStringVariable {
					args = []string{"list"}
				}
				stdout, stderr, status := call(t, args...)
				if status == 0 || strings.Contains(stdout+stderr, secret) {
					t.Errorf("%s=%s: status %d, %s%s", name, slip, status, stdout, stderr)
				}
			})
		}
	}
}

// OpenTelemetry's exporter logs the whole of headers that it can't read, and
// sends the spans without them.
func TestHeadersWithASlip(t *testing.T) {
	b := newBackend(t)
	for _, headers := range []string{"Authorization: Bearer Tr0ub4dor", "Bearer Tr0ub4dor", "Authorization=Bearer Tr0ub4dor%"} {
		command := ostrace(t, "export", imageShowFile, "--endpoint", b.URL)
		command.Env = append(command.Env, "OTEL_EXPORTER_OTLP_HEADERS="+headers)
		text, err := command.CombinedOutput()
		if err == nil || strings.Contains(string(text), "Tr0ub4dor") || !strings.HasPrefix(string(text), "ostrace: OTEL_EXPORTER_OTLP_HEADERS ") {
			t.Errorf("%s: %v, %s", headers, err, text)
		}
	}
	if b.total > 0 {
		t.Errorf("%d spans were sent without their headers", b.total)
	}
}

// The bar shows a file's name, which can't control the terminal.
func TestProgressOfAnOddName(t *testing.T) {
	p := newProgress(os.Stderr, "reading \x1b]0;x\x07\u009b\u202e", "bytes", unknownTotal)
	if strings.ContainsAny(p.label, "\x1b\x07\u009b\u202e") {
		t.Errorf("%q", p.label)
	}
}

// Characters that control a terminal are escaped in JSON.
func TestJSONSteersNoTerminal(t *testing.T) {
	connectionString, server := redis(t)
	const odd = "\u009b31m\u009d\u007f\u202e\u2066"
	if _, err := server.Lpush("osprofiler_opt:b"+odd, `{"name": "a`+odd+`-start", "base_id": "b`+odd+`", "trace_id": "t`+odd+`", "parent_id": "p", "timestamp": "2026-01-31T00:00:00.5", "info": {"host": "`+odd+`"}}`); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list", "--json"}, {"show", "--json", "b" + odd}, {"show", "--otlp-json", "b" + odd}} {
		stdout, stderr, status := call(t, append(args, "--connection-string", connectionString)...)
		if status != 0 || strings.ContainsAny(stdout, "\u009b\u009d\u007f\u202e\u2066") || !strings.Contains(stdout, `\u009b31m\u009d\u007f\u202e\u2066`) {
			t.Errorf("%q: status %d, %s%q", args, status, stderr, stdout)
		}
	}
}
