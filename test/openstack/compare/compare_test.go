// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTraceID(t *testing.T) {
	for name, test := range map[string]struct{ stderr, want string }{
		"both print it so": {"a line\nTrace ID: cd613e30-d8f1-4adf-91b7-584a2265b1f5\nShort trace ID for OpenTracing-based drivers: 91b7584a2265b1f5\n", "cd613e30-d8f1-4adf-91b7-584a2265b1f5"},
		"not there":        {"Short trace ID for OpenTracing-based drivers: 91b7584a2265b1f5\n", ""},
		"not an id":        {"Trace ID: none\n", ""},
	} {
		if got := traceID(test.stderr); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestCountRequests(t *testing.T) {
	// The client sent two requests, and for one of them a service called
	// another.
	const store = `{"name": "wsgi-stop", "trace_id": "a", "parent_id": "base", "info": {}}
{"name": "wsgi-stop", "trace_id": "b", "parent_id": "a"}
{"name": "wsgi-start", "trace_id": "b", "parent_id": "a"}
{"name": "db-start", "trace_id": "c", "parent_id": "a"}
{"name": "rpc-start", "trace_id": "r", "parent_id": "lost"}
{"name": "wsgi-start", "trace_id": "a", "parent_id": "base"}

{"name": "wsgi-start", "trace_id": "d", "parent_id": "span"}
`
	if got, err := countRequests(strings.NewReader(store)); got != 2 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	for name, store := range map[string]string{"nothing": "\n", "no JSON": "(error) no", "half": store[:100]} {
		if got, err := countRequests(strings.NewReader(store)); err == nil {
			t.Errorf("%s: %d, and no error", name, got)
		}
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"OS_AUTH_URL=u", "OS_PROFILE=k", "HTTP_PROXY=p", "HOME=h", "PYTHONPATH=x", "PATH=y"})
	if want := []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "OS_AUTH_URL=u", "HOME=h"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMeasure(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	used, stderr, err := measure([]string{python, "-c", "import sys; x = bytearray(200 << 20); print('said', file=sys.stderr)"})
	if err != nil || stderr != "said\n" {
		t.Fatalf("%q, %v", stderr, err)
	}
	if used.memory < 200<<20 || used.memory > 400<<20 || used.cpu <= 0 || used.wall <= 0 {
		t.Errorf("%+v", used)
	}
	if _, _, err := measure([]string{python, "-c", "import sys; sys.exit('why')"}); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("a command that fails: %v", err)
	}
}

func TestTables(t *testing.T) {
	var results []result
	for run := 1; run <= 3; run++ {
		for i, command := range []string{goCreate, pythonCreate, goBoth, pythonDelete} {
			results = append(results, result{run: run, command: command, requests: 10*i + run, usage: usage{
				cpu: time.Duration(i+1) * 100 * time.Millisecond, wall: time.Duration(run) * time.Second, memory: int64(i+1) * 1e6,
			}})
		}
	}
	var page, lines strings.Builder
	if err := writeMarkdown(&page, results, 3); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| processor time, s | 0.100 | 0.200 | 0.300 | 0.600 |\n",
		"| peak memory, MB | 1.0 | 2.0 | 3.0 | 4.0 |\n",
		"](cli.csv)",
		"| wall time, s | 2.00 | 2.00 | 2.00 | 4.00 |\n",
		"| requests that the services traced | 2 | 12 | 22 | 44 |\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, &page)
		}
	}
	if err := writeCSV(&lines, results); err != nil {
		t.Fatal(err)
	}
	read, err := csv.NewReader(strings.NewReader(lines.String())).ReadAll()
	if err != nil || len(read) != 13 || !slices.Equal(read[2], []string{"1", pythonCreate, "0.200000", "2000000", "1.000000", "11"}) {
		t.Errorf("%v\n%s", err, &lines)
	}
}
