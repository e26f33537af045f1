// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// driver is OSProfiler's own driver for a store.
type driver struct {
	connection string
	// conf are options of the section [profiler].
	conf   map[string]any
	python *python
}

// row is one notification that OSProfiler's driver has read.
type row struct {
	TraceID   string          `json:"trace_id"`
	ParentID  string          `json:"parent_id"`
	Name      string          `json:"name"`
	Project   string          `json:"project"`
	Service   string          `json:"service"`
	Host      string          `json:"host"`
	Timestamp string          `json:"timestamp"`
	Payload   json.RawMessage `json:"payload"`
}

// listed is a trace in OSProfiler's list.
type listed struct {
	BaseID    string `json:"base_id"`
	Timestamp string `json:"timestamp"`
}

// newDriver starts OSProfiler's driver, which ends with the test. It is
// Debian's, with Debian's clients. Other packages, which install got from PyPI,
// can be named instead.
func newDriver(t *testing.T, connection string, conf map[string]any, packages ...string) *driver {
	t.Helper()
	return &driver{connection, conf, startPython(t, packages...)}
}

// notify stores notifications with the driver's notify, for a service with the
// project, service and host in args. args may be empty.
func (d *driver) notify(t *testing.T, notifications []json.RawMessage, args map[string]any) {
	t.Helper()
	d.call(t, "notify", merge(args, map[string]any{"notifications": notifications}), nil)
}

// profile stores the points of some requests to a service, as OSProfiler's
// profiler makes them.
func (d *driver) profile(t *testing.T, baseID string, requests int, args map[string]any) {
	t.Helper()
	d.call(t, "profile", merge(args, map[string]any{"base_id": baseID, "repeat": requests}), nil)
}

// read returns the notifications that get_report reads from the store, in its
// order.
func (d *driver) read(t *testing.T, baseID string) (rows []row) {
	t.Helper()
	d.call(t, "read", map[string]any{"base_id": baseID}, &rows)
	return rows
}

// report returns the report of get_report.
func (d *driver) report(t *testing.T, baseID string) (report map[string]any) {
	t.Helper()
	d.call(t, "report", map[string]any{"base_id": baseID}, &report)
	return report
}

func (d *driver) list(t *testing.T) (traces []listed) {
	t.Helper()
	d.call(t, "list_traces", nil, &traces)
	return traces
}

func (d *driver) listFailed(t *testing.T) (traces []listed) {
	t.Helper()
	d.call(t, "list_error_traces", nil, &traces)
	return traces
}

// ask calls a function in drivers.py.
func (d *driver) ask(t *testing.T, function string, args map[string]any) answer {
	t.Helper()
	return d.python.ask(t, map[string]any{"do": function, "connection": d.connection, "conf": d.conf, "args": args})
}

func (d *driver) call(t *testing.T, function string, args map[string]any, result any) {
	t.Helper()
	answer := d.ask(t, function, args)
	if answer.Error != "" {
		t.Fatalf("OSProfiler's %s: %s", function, answer.Error)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		t.Fatalf("OSProfiler's %s: %v: %s", function, err, answer.Result)
	}
}

func merge(a, b map[string]any) map[string]any {
	maps.Copy(b, a)
	return b
}

// python is the running drivers.py, with Debian's Python.
type python struct {
	mu     sync.Mutex
	stdin  io.Writer
	stdout *bufio.Reader
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

func startPython(t *testing.T, packages ...string) *python {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "drivers.py")
	folders := make([]string, len(packages))
	for i, name := range packages {
		folders[i] = filepath.Join(installed, name)
	}
	cmd.Env = append(slices.Clone(environment), "PYTHONPATH="+strings.Join(folders, ":"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; test/stores/install installs what is needed", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("Python wrote: %s", &stderr)
		}
	})
	return &python{stdin: stdin, stdout: bufio.NewReaderSize(stdout, 1<<16)}
}

func (p *python) ask(t *testing.T, request any) (a answer) {
	t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		t.Fatalf("Python has ended: %v", err)
	}
	reply, err := p.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no answer from Python: %v", err)
	}
	if err := json.Unmarshal(reply, &a); err != nil {
		t.Fatalf("%v: %s", err, reply)
	}
	return a
}
