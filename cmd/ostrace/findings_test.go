// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"testing"
)

// kept returns the report of a trace that a thread kept: it has points of other
// requests, and stops at the API.
func kept(t *testing.T) (file, report string) {
	t.Helper()
	const base = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"
	connectionString, server := redis(t)
	for _, p := range []struct {
		id, parent, name, service, function string
		start, stop                         int
	}{
		{"api", base, "wsgi", "osapi_compute", "", 0, 1},
		{"create", "api", "compute_api", "osapi_compute", "nova.compute.api.API.create", 0, 1},
		{"task", "create", "rpc", "nova-conductor", "nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances", 1, 2},
		{"delete", "api", "rpc", "osapi_compute", "nova.compute.rpcapi.ComputeAPI.terminate_instance", 0, 1},
		{"stranger", "create", "rpc", "nova-conductor", "nova.conductor.manager.ConductorManager.object_action", 40, 41},
		{"below", "stranger", "db", "nova-conductor", "", 40, 41},
	} {
		for half, at := range map[string]int{"start": p.start, "stop": p.stop} {
			payload := fmt.Sprintf(`{"name": "%s-%s", "base_id": "%s", "trace_id": "%s", "parent_id": "%s", "timestamp": "2026-01-31T00:00:%02d.0",
				"project": "nova", "service": "%s", "info": {"function": {"name": "%s"}}}`, p.name, half, base, p.id, p.parent, at, p.service, p.function)
			if _, err := server.RPush("osprofiler_opt:"+base, payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	report = must(t, "show", "--json", base, "--connection-string", connectionString)
	return write(t, report), report
}

// The faults of a trace as a whole are printed once, where the trace is shown.
// The points of other requests can be left out, and this is printed too.
func TestFindings(t *testing.T) {
	file, report := kept(t)
	const (
		strangers = "2 of 6 points began 38 s and more after the request had ended"
		stops     = "The trace stops at the API: nobody has answered 1 RPC call or cast in it (nova-osapi_compute terminate_instance)."
		hint      = "--without-strangers leaves them out."
		left      = "They are left out here."
	)
	for _, form := range []string{"", "--html", "--dot", "--otlp-json"} {
		for _, without := range []bool{false, true} {
			args := []string{"show", file}
			if form != "" {
				args = append(args, form)
			}
			wanted, unwanted := hint, left
			if without {
				args = append(args, "--without-strangers")
				wanted, unwanted = left, hint
			}
			stdout, stderr, status := call(t, args...)
			said, silent := stdout, stderr
			if form == "--dot" || form == "--otlp-json" {
				said, silent = stderr, stdout
			}
			said, silent = strings.Join(strings.Fields(said), " "), strings.Join(strings.Fields(silent), " ")
			if form == "--html" {
				said = strings.ReplaceAll(said, `\u003c`, "<")
			}
			for _, text := range []string{strangers, stops, wanted} {
				if status != 0 || strings.Count(said, text) != 1 || strings.Contains(silent, text) {
					t.Errorf("%v: status %d, not once %q in\n%.3000s", args, status, text, said)
				}
			}
			if strings.Contains(said, unwanted) {
				t.Errorf("%v: %q", args, unwanted)
			}
			if gone := !strings.Contains(stdout, "object_action"); gone != without {
				t.Errorf("%v: the stranger is left out: %t\n%s", args, gone, stdout)
			}
		}
	}
	if got := must(t, "show", "--json", file); got != report {
		t.Error("--json is not what OSProfiler says")
	}
	if _, stderr, status := call(t, "show", "--json", "--without-strangers", file); status != exitFailure || !strings.Contains(stderr, "without-strangers") {
		t.Errorf("--json without strangers: status %d, %s", status, stderr)
	}
	if tree := must(t, "show", imageShowFile, "--without-strangers"); strings.Contains(tree, "⚠") {
		t.Errorf("of a sound trace:\n%s", tree)
	}
}
