// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

const (
	base   = "a7d5e5ad-7c4e-4f31-9d5b-0f4f3f0c7f11"
	sent   = "a7d5e5ad-7c4e-4f31-00f0-67aa0ba902b7"
	api    = "6b1f3a52-2f9e-4dd3-8a43-5d6f6f6c1111"
	sql    = "0d9c1d9e-7f31-4b0e-9a52-1f2b3c4d5e6f"
	call   = "5e1d9c1d-7f31-4b0e-9a52-1f2b3c4d5e6f"
	worker = "3f1d9c1d-7f31-4b0e-9a52-1f2b3c4d5e6f"
	guest  = "2c7a4b1e-93f4-4c55-8d0a-aaaabbbbcccc"
)

// ended is the time at which the client of the traces below ended.
var ended = time.Date(2026, 11, 24, 12, 0, 1, 0, time.UTC)

var (
	threading = cloud{parameters: map[string]string{"RELEASE": "2026.2", "CONCURRENCY_BACKEND": "threading"}}
	eventlet  = cloud{parameters: map[string]string{"RELEASE": "2026.2", "CONCURRENCY_BACKEND": "eventlet"}}
	zed       = cloud{parameters: map[string]string{"RELEASE": "zed", "CONCURRENCY_BACKEND": "eventlet"}}
)

// notification returns a line of Redis's list.
func notification(name, id, parent, clock, info string) string {
	return `{"name":"` + name + `","base_id":"` + base + `","trace_id":"` + id + `","parent_id":"` + parent +
		`","timestamp":"2026-11-24T` + clock + `","project":"nova","service":"api","info":` + info + "}\n"
}

var (
	request = notification("wsgi-start", api, sent, "12:00:00.000100", `{"request":{"method":"GET","path":"/servers"},"host":"vm"}`) +
		notification("db-start", sql, api, "12:00:00.010000", `{"db":{"statement":"SELECT 1","params":{}}}`) +
		notification("db-stop", sql, api, "12:00:00.019999", `{}`) +
		notification("compute_api-start", call, api, "12:00:00.020000", `{"function":{"name":"create","args":"","kwargs":""}}`) +
		notification("compute_api-stop", call, api, "12:00:00.030000", `{}`) +
		notification("wsgi-stop", api, sent, "12:00:00.100000", `{"etype":"NotFound"}`)
	stranger = notification("rpc-start", worker, base, "12:00:03.000000",
		`{"function":{"name":"nova.conductor.manager.ConductorManager.object_action","args":"","kwargs":"{'objinst': Instance(host='x',uuid=`+guest+`,vm_state='active')}"}}`)
)

// A written file can be read as the tests of points read it.
func TestWrite(t *testing.T) {
	name := filepath.Join(t.TempDir(), "recordings.txt.gz")
	for _, r := range []struct {
		cloud  cloud
		client string
		stored string
	}{
		{threading, "go", request + stranger},
		{eventlet, "list-3,8", request},
		{zed, "python-5", request},
	} {
		client, err := parseClient(r.client)
		if err != nil {
			t.Fatal(err)
		}
		trace := parsed(t, r.stored)
		file, err := openRecordings(name) // opened again each time, and its content is kept
		if err != nil {
			t.Fatal(err)
		}
		if err := file.write(r.cloud, recording{client, base, ended}, trace); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text := gunzip(t, name)
	if want := `# threading go 1 cut
1	2	wsgi	nova	api	0	99			NotFound
3	1	db	nova	api	9	19			
4	1	compute_api	nova	api	19	29	create		
5	base	rpc	nova	api	2999		nova.conductor.manager.ConductorManager.object_action	{'objinst': Instance(,uuid=00000000-0000-4000-8000-000000000000)	
# eventlet list-3,8 0 whole
1	2	wsgi	nova	api	0	99			NotFound
3	1	compute_api	nova	api	19	29	create		
# zed python-5 0 cut
1	2	wsgi	nova	api	0	99			NotFound
3	1	compute_api	nova	api	19	29	create		
`; text != want {
		t.Errorf("written is\n%s", text)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		numbers := []string{}
		if head, ok := strings.CutPrefix(line, "# "); ok {
			words := strings.Fields(head)
			if len(words) != 4 {
				t.Fatalf("%d words in %q", len(words), line)
			}
			numbers = append(numbers, words[2])
		} else {
			fields := strings.Split(line, "\t")
			if len(fields) != 10 {
				t.Fatalf("%d fields in %q", len(fields), line)
			}
			numbers = append(numbers, fields[5], fields[6])
		}
		for _, n := range numbers {
			if _, err := strconv.Atoi(n); n != "" && err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOpenAnotherFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notes.txt")
	const notes = "these are notes, and no recordings"
	if err := os.WriteFile(name, []byte(notes), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openRecordings(name); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("the error is %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != notes {
		t.Errorf("now it has %q, %v", text, err)
	}
}

func parsed(t *testing.T, stored string) *points.Trace {
	t.Helper()
	trace, err := parse(base, []byte(stored))
	if err != nil {
		t.Fatal(err)
	}
	if trace.Defects.Unreadable > 0 {
		t.Fatalf("%+v", trace.Defects)
	}
	return trace
}

func gunzip(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
