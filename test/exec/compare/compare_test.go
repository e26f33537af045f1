// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZeros(t *testing.T) {
	var mux http.ServeMux
	mux.Handle("/zeros/{size}", zeros{})
	for path, want := range map[string]struct{ status, length int }{
		"/zeros/0": {200, 0}, "/zeros/100000": {200, 100000}, "/zeros/many": {400, -1},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != want.status || want.length >= 0 && strings.Count(w.Body.String(), "\x00") != want.length {
			t.Errorf("%s: status %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
}

// The script prints the time that the command took, and the memory of its parent,
// which is this program.
func TestRun(t *testing.T) {
	m := &measurement{folder: t.TempDir()}
	r, err := m.run(t.Context(), work{command: []string{"sleep", "0.2"}}, []string{"PATH=/usr/bin:/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if r.command < 200*time.Millisecond || r.whole < r.command || r.memory < 1<<20 {
		t.Errorf("%+v", r)
	}
	_, err = m.run(t.Context(), work{command: []string{"sh", "-c", "echo why >&2; exit 3"}}, []string{"PATH=/usr/bin:/bin"})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "why") {
		t.Errorf("of a command that fails: %v", err)
	}
}

// Programs find mitmproxy and its certificate in their environment. The rest of the
// environment is not changed.
func TestMitmproxyEnvironment(t *testing.T) {
	p := &mitmproxy{folder: "/m", address: "127.0.0.3:8080"}
	got := p.environment([]string{"OS_CACERT=/f/cloud-ca.pem", "HOME=/h"}, "/f/cloud-ca.pem")
	want := []string{
		"OS_CACERT=/m/mitmproxy-ca-cert.pem", "HOME=/h",
		"HTTPS_PROXY=http://127.0.0.3:8080", "https_proxy=http://127.0.0.3:8080",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestListens(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	if err := listens(t.Context(), server.Listener.Addr().String()); err != nil {
		t.Error(err)
	}
}

func TestTables(t *testing.T) {
	var results []result
	for run := 1; run <= 3; run++ {
		for i, way := range ways {
			for _, work := range works {
				results = append(results, result{
					run: run, work: work.name, way: way,
					whole: time.Duration(run+i) * time.Second, command: time.Duration(run+i) * time.Second / 2, memory: int64(i) * 10e6,
				})
			}
		}
	}
	var page, lines strings.Builder
	if err := writeMarkdown(&page, results, 3); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"medians of 3 runs",
		"| curl, 2,000 requests one after the other, requests/s | 2000 | 1333 | 1000 | 800 |\n",
		"| curl, an answer of 1 GiB |  | 10.0 | 20.0 | 30.0 |\n",
		"| `tofu plan` | 2.00 | 3.00 | 4.00 | 5.00 |\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, &page)
		}
	}
	if err := writeCSV(&lines, results); err != nil {
		t.Fatal(err)
	}
	read, err := csv.NewReader(strings.NewReader(lines.String())).ReadAll()
	if err != nil || len(read) != 1+len(results) || !slices.Equal(read[1], []string{"1", works[0].name, alone, "1.000000", "0.500000", "0"}) {
		t.Errorf("%v\n%s", err, &lines)
	}
}
