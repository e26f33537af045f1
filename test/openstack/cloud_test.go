// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const redisURL = "redis://127.0.0.1:6379"

func TestMain(m *testing.M) {
	if os.Getenv(beStopwatch) != "" {
		if err := stopwatch(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := findCloud(); err != nil {
		fmt.Fprintf(os.Stderr, "OpenStack is not up: %v\nBring it up with: test/openstack/openstack up RELEASE=zed\n", err)
		os.Exit(1)
	}
	status, err := withPrograms(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// run runs a command as the admin and returns its output. The test fails if the
// command fails.
func run(t *testing.T, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, status := try(t, adminEnv, name, args...)
	if status != 0 {
		t.Fatalf("%s %s: exit status %d\n%s%s", name, strings.Join(args, " "), status, stdout, stderr)
	}
	return stdout, stderr
}

// try runs a command in an environment and returns its output and its exit
// status.
func try(t *testing.T, env []string, name string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(locate(env, name), args...)
	cmd.Env = env
	cmd.Stdout = &out
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatalf("%s: %v", cmd, err)
		}
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// openstack runs the OpenStack command-line client.
func openstack(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	return run(t, "openstack", args...)
}

// notification is one of the two notifications that OSProfiler writes for a
// point, at its start and at its stop.
type notification struct {
	Name      string         `json:"name"`
	BaseID    string         `json:"base_id"`
	ParentID  string         `json:"parent_id"`
	TraceID   string         `json:"trace_id"`
	Timestamp string         `json:"timestamp"`
	Project   string         `json:"project"`
	Service   string         `json:"service"`
	Info      map[string]any `json:"info"`
}

// point is one point of a trace. One of its two notifications may be missing.
type point struct {
	Name        string
	TraceID     string
	ParentID    string
	Project     string
	Service     string
	Start, Stop *notification
}

// points reads the points of a trace that the store has at the moment.
func points(t *testing.T, baseID string) []point {
	t.Helper()
	list, _ := run(t, "redis-cli", "-h", "127.0.0.1", "--raw", "lrange", "osprofiler_opt:"+baseID, "0", "-1")
	byID := map[string]*point{}
	for line := range strings.Lines(list) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		n := new(notification)
		if err := json.Unmarshal([]byte(line), n); err != nil {
			t.Fatalf("notification %q: %v", line, err)
		}
		p := byID[n.TraceID]
		if p == nil {
			p = &point{TraceID: n.TraceID, ParentID: n.ParentID, Project: n.Project, Service: n.Service}
			byID[n.TraceID] = p
		}
		if name, ok := strings.CutSuffix(n.Name, "-start"); ok {
			p.Name, p.Start = name, n
		} else if name, ok := strings.CutSuffix(n.Name, "-stop"); ok {
			p.Name, p.Stop = name, n
		} else {
			t.Fatalf("notification %q is neither a start nor a stop", line)
		}
	}
	all := make([]point, 0, len(byID))
	for _, p := range byID {
		all = append(all, *p)
	}
	return all
}

// traceNode is a node in the tree of OSProfiler's own viewer.
type traceNode struct {
	TraceID  string         `json:"trace_id"`
	ParentID string         `json:"parent_id"`
	Info     map[string]any `json:"info"`
	Children []traceNode    `json:"children"`
}

func (n traceNode) descendants() int {
	count := len(n.Children)
	for _, child := range n.Children {
		count += child.descendants()
	}
	return count
}

// traceShow runs OSProfiler's own viewer and returns the root of its tree.
func traceShow(t *testing.T, baseID string) traceNode {
	t.Helper()
	text, _ := run(t, "osprofiler",
		"trace", "show", "--json", baseID, "--connection-string", redisURL)
	var root traceNode
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatalf("osprofiler trace show %s: %v", baseID, err)
	}
	return root
}

// logLines returns the lines of a service's log that hold substring.
func logLines(t *testing.T, service, substring string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(stateFolder(), "current", "log", service+".log"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, substring) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// eventually repeats check until it returns nil. The services do their work,
// and write their points, some time after they have answered.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	const limit = time.Minute
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("still after %v: %v", limit, err)
		case <-tick.C:
		}
	}
}
