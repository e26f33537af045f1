// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Medians, ratios of the runs in pairs, and their quartiles.
func TestResults(t *testing.T) {
	raw := newRaw("go: go1.26.0")
	for _, lines := range []string{
		"goos: linux\nBenchmarkGroup/by=a-2 100 10 ns/op 3 allocs/op\nBenchmarkGroup/by=b-2 100 20 ns/op\nPASS\n",
		"goos: linux\nBenchmarkGroup/by=a-2 100 20 ns/op 3 allocs/op\nBenchmarkGroup/by=b-2 100 10 ns/op\nPASS\n",
		"goos: linux\nBenchmarkGroup/by=a-2 100 30 ns/op 3 allocs/op\nBenchmarkGroup/by=b-2 100 45 ns/op\nPASS\n",
	} {
		raw.add([]byte(lines))
	}
	path := filepath.Join(t.TempDir(), "raw.txt")
	if err := os.WriteFile(path, raw.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newResults()
	if err := r.read(path); err != nil {
		t.Fatal(err)
	}
	if r.config["go"] != "go1.26.0" || r.config["goos"] != "linux" || strings.Join(r.of("Group"), " ") != "by=a by=b" {
		t.Errorf("%+v", r)
	}
	if n, err := r.median("Group/by=b", "ns/op"); n != 20 || err != nil {
		t.Errorf("median %v, %v", n, err)
	}
	if got, err := r.ratio("Group/by=b", "Group/by=a", "ns/op"); (got != ratio{1.5, 1, 1.75}) || err != nil {
		t.Errorf("ratio %+v, %v", got, err)
	}
	if n, err := r.difference("Group/by=b", "Group/by=a", "ns/op"); n != 10 || err != nil {
		t.Errorf("difference %v, %v", n, err)
	}
	for name, err := range map[string]error{
		"no such benchmark": func() error { _, err := r.median("Group/by=c", "ns/op"); return err }(),
		"no such unit":      func() error { _, err := r.median("Group/by=b", "allocs/op"); return err }(),
		"no such pair":      func() error { _, err := r.ratio("Group/by=c", "Group/by=a", "ns/op"); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		number(1234567):          "1,234,567",
		number(999.6):            "1,000",
		number(-1234):            "-1,234",
		number(-123):             "-123",
		number(2.5):              "2.50",
		number(0):                "0",
		duration(999):            "999 ns",
		duration(-12_345):        "-12.35 µs",
		ratio{1, 1, 1}.String():  "1.00",
		significant(0.0034):      "0.0034",
		significant(0.07):        "0.070",
		significant(12.34):       "12.3",
		label("by=b3/other_one"): "otelhttp, B3, other one",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := (ratio{1.234, 1, 2}).String(); got != "1.23 (1.00–2.00)" {
		t.Errorf("%q", got)
	}
}

func readFile(t *testing.T, path string) *results {
	t.Helper()
	r := newResults()
	if err := r.read(path); err != nil {
		t.Fatal(err)
	}
	return r
}
