// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/store"
)

// The secret in a connection string or an address with a slip is not shown,
// however it is given.
func TestSlipsShowNoSecret(t *testing.T) {
	const secret = "Tr0ub4dor"
	realCloud(t)
	text, err := os.ReadFile("../../store/testdata/slips.txt")
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, slip string, args ...string) {
		t.Helper()
		if r := execute(t.Context(), t, args...); r.status == 0 || strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%s: %q: status %d, %s%s", slip, args, r.status, r.stdout, r.stderr)
		}
	}
	for slip := range strings.Lines(string(text)) {
		slip = strings.TrimSuffix(slip, "\n")
		check(t, slip, slip)
		check(t, slip, with("--connection-strin="+slip)...)
		check(t, slip, with("-connection-string="+slip)...)
		check(t, slip, with("--os-cloud", slip)...)
		check(t, slip, with("--timeout", slip)...)
		check(t, slip, with("--output", slip)...)
		if s, err := store.Open(slip); err == nil { // no slip for a store
			_ = s.Close()
		} else {
			check(t, slip, with("--connection-string", slip)...)
			inEnvironment(t, connectionStringVariable, slip, check)
		}
		inEnvironment(t, "OTEL_EXPORTER_OTLP_ENDPOINT", slip, check)
		if !strings.HasPrefix(slip, "http://") {
			inEnvironment(t, "OS_AUTH_URL", slip, check)
		}
	}
	inEnvironment(t, "OS_AUTH_URL", "http://user:Tr0ub4dor@127.0.0.1:1/v3", check)
	inEnvironment(t, "OS_AUTH_URL", "http://Tr0ub4dor@127.0.0.1:1/v3", check)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	inEnvironment(t, "OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Bearer Tr0ub4dor", check)
}

func inEnvironment(t *testing.T, name, slip string, check func(*testing.T, string, ...string)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Setenv(name, slip)
		check(t, slip, with()...)
	})
}
