// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

// The form is the one that cmd/ostrace/internal/diff/testdata/changes.md specifies.
func TestCallWriter(t *testing.T) {
	const base = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"
	lines := strings.Join([]string{
		`{"name": "wsgi-start", "base_id": "B", "trace_id": "1", "parent_id": "B", "timestamp": "2026-01-31T10:00:00.000100", "project": "nova", "service": "api", "info": {"host": "vm", "request": {"method": "GET", "path": "/v2.1/servers/0f8a3c1d-2e4b-4a0e-9f0e-5c3f0f9e8a55", "query": "a=b"}}}`,
		`{"name": "db-start", "base_id": "B", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T10:00:00.000350", "project": "nova", "service": "api", "info": {"db": {"statement": "SELECT %(a)s", "params": {"a": 1}}}}`,
		`{"name": "db-stop", "base_id": "B", "trace_id": "2", "parent_id": "1", "timestamp": "2026-01-31T10:00:00.000400", "project": "nova", "service": "api", "info": {"etype": "KeyError"}}`,
		`{"name": "db-start", "base_id": "B", "trace_id": "3", "parent_id": "1", "timestamp": "2026-01-31T10:00:00.000500", "project": "nova", "service": "api", "info": {"db": {"statement": "SELECT %(a)s", "params": {"a": 2}}}}`,
		`{"name": "wsgi-stop", "base_id": "B", "trace_id": "1", "parent_id": "B", "timestamp": "2026-01-31T10:00:01.000100", "project": "nova", "service": "api", "info": {}}`,
	}, "\n")
	made, err := parse(base, []byte(strings.ReplaceAll(lines, `"B"`, `"`+base+`"`)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := &callWriter{out: bufio.NewWriter(&out), infos: map[string]int{}}
	if err := w.write("unchanged", made); err != nil {
		t.Fatal(err)
	}
	if err := w.out.Flush(); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`# unchanged
= wsgi|nova|api|{"request":{"method":"GET","path":"/v2.1/servers/00000000-0000-4000-8000-000000000000"}}
0|0|1000000|0
= db|nova|api|{"db":{"statement":"SELECT %(a)s"}}
1|250|50|1|KeyError
2|150||1
`, "|", "\t")
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
