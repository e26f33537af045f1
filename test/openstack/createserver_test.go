// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/propagation"
)

// createServerProgram and ostraceProgram are the built programs createserver
// and ostrace.
var createServerProgram, ostraceProgram string

// withPrograms builds both, and returns the status of run.
func withPrograms(run func() int) (status int, err error) {
	dir, err := os.MkdirTemp("", "openstack-test")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	createServerProgram, ostraceProgram = filepath.Join(dir, "createserver"), filepath.Join(dir, "ostrace")
	for _, build := range []*exec.Cmd{
		exec.Command("go", "build", "-C", "../../examples", "-o", createServerProgram, "./createserver"),
		// This is built as for users: without C, and without gRPC's own
		// tracing, which makes the linker keep every method of every type.
		exec.Command("go", "build", "-C", "../../cmd/ostrace", "-tags", "grpcnotrace", "-o", ostraceProgram, "."),
	} {
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("%w\n%s", err, output)
		}
	}
	return run(), nil
}

// report is the output of createserver --output json.
type report struct {
	ServerID string `json:"server_id"`
	TraceID  string `json:"trace_id"`
	BaseID   string `json:"base_id"`
	Error    string `json:"error"`
	Spans    []span `json:"spans"`
}

type span struct {
	Name         string         `json:"name"`
	Kind         string         `json:"kind"`
	TraceID      string         `json:"trace_id"`
	SpanID       string         `json:"span_id"`
	ParentSpanID string         `json:"parent_span_id"`
	Attributes   map[string]any `json:"attributes"`
	Status       struct {
		Code string `json:"code"`
	} `json:"status"`
}

// request returns the method and the path of a client span.
func (s span) request() string {
	full, _ := s.Attributes["url.full"].(string)
	u, err := url.Parse(full)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s", s.Attributes["http.request.method"], u.Path)
}

// createServer runs the example like a user, with the image and the flavor of
// all tests.
func createServer(t *testing.T, env []string, args ...string) (r report, stderr string, status int) {
	t.Helper()
	stdout, stderr, status := try(t, env, createServerProgram, append([]string{
		"--image", "tiny", "--flavor", "m1.nano", "--network", "net1", "--output", "json"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("createserver printed no report: %v\n%s%s", err, stdout, stderr)
	}
	return r, stderr, status
}

// servers returns the names of the servers of the environment's project.
func servers(t *testing.T, env []string) []string {
	t.Helper()
	stdout, stderr, status := try(t, env, "openstack", "server", "list", "--format", "value", "--column", "Name")
	if status != 0 {
		t.Fatal(stderr)
	}
	return strings.Fields(stdout)
}

func TestCreateServer(t *testing.T) {
	r, stderr, status := createServer(t, adminEnv, "--os-profile", "SECRET_KEY")
	if status != 0 || r.Error != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	match := traceIDLine.FindStringSubmatch(stderr)
	if match == nil || match[1] != r.BaseID || strings.ReplaceAll(r.BaseID, "-", "") != r.TraceID {
		t.Fatalf("trace id %s and base_id %s, but it printed\n%s", r.TraceID, r.BaseID, stderr)
	}
	var trace []point
	eventually(t, func() error {
		trace = points(t, r.BaseID)
		if err := whole(trace, sentParents(r)); err != nil {
			return err
		}
		return everyRequestArrived(trace, r)
	})
	t.Logf("%d points in trace %s", len(trace), r.BaseID)

	t.Run("osprofiler trace show", func(t *testing.T) {
		if shown := traceShow(t, r.BaseID).descendants(); shown != len(trace) {
			t.Errorf("it shows %d points of %d", shown, len(trace))
		}
	})
	t.Run("logs", func(t *testing.T) {
		for _, services := range [][]string{{"keystone", "glance"}, {"nova-api"}, {"nova-compute"}, {"neutron"}} {
			found := 0
			for _, service := range services {
				found += len(logLines(t, service, "req-"+r.BaseID))
			}
			if found == 0 {
				t.Errorf("no line with req-%s in the log of %s", r.BaseID, strings.Join(services, " or "))
			}
		}
	})
	t.Run("nothing left", func(t *testing.T) {
		if left := servers(t, adminEnv); len(left) > 0 {
			t.Errorf("servers %v are left", left)
		}
	})
}

// sentParents returns the parent_ids that a program sent, by the bridge.
func sentParents(r report) map[string]bool {
	sent := map[string]bool{}
	traceID, _ := propagation.TraceID(r.TraceID)
	for _, s := range r.Spans {
		spanID, _ := propagation.SpanID(r.TraceID[:16] + s.SpanID)
		sent[propagation.ParentID(traceID, spanID)] = true
	}
	return sent
}

// everyRequestArrived returns an error if a top-level point does not hang under
// the client span of exactly its request, or if a client span has no point.
// OpenStack's services do not trace requests for version documents.
func everyRequestArrived(trace []point, r report) error {
	clients := map[string]span{}
	for _, s := range r.Spans {
		if s.Kind == "client" && s.Name != "GET /" {
			clients[s.SpanID] = s
		}
	}
	sent := sentParents(r)
	for _, p := range trace {
		if !sent[p.ParentID] {
			continue
		}
		id, _ := propagation.SpanID(p.ParentID)
		s, ok := clients[id.String()]
		if !ok {
			return fmt.Errorf("point %s %s hangs under no client span, or under one that has a point", p.Name, requestOf(p))
		}
		if requestOf(p) != s.request() {
			return fmt.Errorf("point %s hangs under the span of %s", requestOf(p), s.request())
		}
		delete(clients, id.String())
	}
	for _, s := range clients {
		return fmt.Errorf("no point of %s", s.request())
	}
	return nil
}

// requestOf returns the method and the path of a wsgi point.
func requestOf(p point) string {
	if p.Start == nil {
		return p.Name + " without start"
	}
	request, _ := p.Start.Info["request"].(map[string]any)
	return fmt.Sprintf("%v %v", request["method"], request["path"])
}

// Signed means sampled, and only that: without the key, or with a wrong one,
// the cloud does the same work and records nothing.
func TestCreateServerUntraced(t *testing.T) {
	before := storedTraces(t)
	for name, args := range map[string][]string{"no key": nil, "wrong key": {"--os-profile", "WRONG_KEY"}} {
		r, stderr, status := createServer(t, adminEnv, args...)
		if status != 0 || r.ServerID == "" {
			t.Errorf("%s: exit status %d: %s", name, status, stderr)
		}
		if printed := strings.Contains(stderr, "Trace ID: "); printed != (args != nil) {
			t.Errorf("%s: printed\n%s", name, stderr)
		}
	}
	// When this trace is complete, the points that were on their way before it
	// are stored too.
	traced, stderr, status := createServer(t, adminEnv, "--os-profile", "SECRET_KEY")
	if status != 0 {
		t.Fatal(stderr)
	}
	eventually(t, func() error { return whole(points(t, traced.BaseID), sentParents(traced)) })
	for id := range storedTraces(t) {
		if !before[id] && id != traced.BaseID {
			t.Errorf("trace %s was recorded", id)
		}
	}
}

// storedTraces returns the base_ids of all traces in the store.
func storedTraces(t *testing.T) map[string]bool {
	t.Helper()
	keys, _ := run(t, "redis-cli", "-h", "127.0.0.1", "--raw", "keys", "osprofiler*")
	ids := map[string]bool{}
	for key := range strings.FieldsSeq(keys) {
		_, id, _ := strings.Cut(key, ":")
		ids[id] = true
	}
	return ids
}

func TestCreateServerFailures(t *testing.T) {
	demoEnv, err := loadOpenrc("demo-openrc")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		prepare func(*testing.T)
		env     []string
		args    []string
		status  int
		says    []string
	}{
		{"no such image", nil, adminEnv, []string{"--image", "nope"}, 1, []string{`image "nope"`, "tiny"}},
		{"no such flavor", nil, adminEnv, []string{"--flavor", "nope"}, 1, []string{`flavor "nope"`, "m1.nano"}},
		{"no such network", nil, adminEnv, []string{"--network", "nope"}, 1, []string{`network "nope"`, "net1"}},
		{"an image twice", func(t *testing.T) {
			for range 2 {
				id, _ := openstack(t, "image", "create", "twice", "--format", "value", "--column", "id")
				t.Cleanup(func() { openstack(t, "image", "delete", strings.TrimSpace(id)) })
			}
		}, adminEnv, []string{"--image", "twice"}, 1, []string{`2 images "twice"`, "ids"}},
		{"ERROR", nil, adminEnv, []string{"--flavor", "m1.toobig"}, 1, []string{"ERROR", "No valid host was found"}},
		{"quota", func(t *testing.T) {
			openstack(t, "quota", "set", "--instances", "0", "demo")
			t.Cleanup(func() { openstack(t, "quota", "set", "--instances", "50", "demo") })
		}, demoEnv, nil, 1, []string{"Quota exceeded", "403", "quota"}},
		{"wrong password", nil, append(slices.Clip(adminEnv), "OS_PASSWORD=wrong"), nil, 1, []string{"credentials", "password"}},
		{"nobody there", nil, append(slices.Clip(adminEnv), "OS_AUTH_URL=http://127.0.0.1:1/v3"), nil, 1, []string{"http://127.0.0.1:1/v3", "OS_AUTH_URL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.prepare != nil {
				test.prepare(t)
			}
			r, stderr, status := createServer(t, test.env, append(test.args, "--os-profile", "SECRET_KEY")...)
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			var line strings.Builder
			for l := range strings.Lines(stderr) {
				if strings.HasPrefix(l, "createserver: ") {
					line.WriteString(l)
				}
			}
			for _, word := range test.says {
				if !strings.Contains(line.String(), word) || strings.Count(line.String(), "\n") != 1 {
					t.Errorf("it says\n%swhich is not one line with %q", line.String(), word)
				}
			}
			if len(r.Spans) == 0 || r.Error == "" {
				t.Error("no trace as far as it went")
			}
			if test.name == "wrong password" || test.name == "nobody there" {
				return
			}
			if left := servers(t, test.env); len(left) > 0 {
				t.Errorf("servers %v are left", left)
			}
		})
	}
}
