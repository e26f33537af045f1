// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// key is the cloud's key in these tests. It must never be shown.
const key = "xyzzy-H7mac-k3y"

// clearEnvironment makes the test independent of the environment that it runs in.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "OS_") || strings.HasPrefix(name, "OTEL_") ||
			slices.Contains([]string{"TRACEPARENT", "TRACESTATE", "BAGGAGE", "NO_COLOR"}, name) {
			unset(t, name)
		}
	}
}

func unset(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Setenv(name, "") // so that it is restored in the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}

// setenv sets variables from "NAME=value", and unsets one from "NAME".
func setenv(t *testing.T, entries ...string) {
	t.Helper()
	for _, entry := range entries {
		if name, value, ok := strings.Cut(entry, "="); ok {
			t.Setenv(name, value)
		} else {
			unset(t, name)
		}
	}
}

// realCloud starts a cloud that the program takes for a real one, because the
// environment names it.
func realCloud(t *testing.T) *simcloud.Cloud {
	t.Helper()
	clearEnvironment(t)
	k, err := hmac.NewKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(k), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	auth := cloud.AuthOptions()
	setenv(t, "OS_AUTH_URL="+cloud.AuthURL(), "OS_USERNAME="+auth.Username, "OS_PASSWORD="+auth.Password,
		"OS_PROJECT_NAME="+auth.TenantName, "OS_USER_DOMAIN_NAME="+auth.DomainName, "OS_PROJECT_DOMAIN_NAME="+auth.DomainName,
		"OS_REGION_NAME=RegionOne", "OS_PROFILE="+key)
	return cloud
}

// result has the outputs and the status of a run of the program.
type result struct {
	status         int
	stdout, stderr string
}

// buffer collects what the program and its exporters write.
type buffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// execute runs the program, and makes the checks that hold for every run.
func execute(ctx context.Context, t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var stdout, stderr buffer
	r := result{status: run(ctx, args, &stdout, &stderr)}
	r.stdout, r.stderr = stdout.String(), stderr.String()
	if output := r.stdout + r.stderr; strings.Contains(output, key) {
		t.Errorf("the key shows:\n%s", output)
	} else if strings.ContainsAny(output, "\x1b\r") {
		t.Errorf("control characters where there is no terminal:\n%q", output)
	}
	if ctx.Err() == context.DeadlineExceeded {
		t.Error("the program did not end by itself")
	}
	return r
}

// wanted has the flags for every server of the tests.
var wanted = []string{"--image", "tiny", "--flavor", "m1.nano", "--network", "net1"}

// with returns wanted with more flags.
func with(flags ...string) []string { return append(slices.Clone(wanted), flags...) }

// succeeded checks that the run went well.
func (r result) succeeded(t *testing.T) {
	t.Helper()
	if r.status != 0 {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
	if lines := r.own(); len(lines) != 0 {
		t.Errorf("stderr has %q", lines)
	}
}

// failed checks that the program's message is one line that has each of the
// texts.
func (r result) failed(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status %d, want %d", r.status, status)
	}
	lines := r.own()
	if len(lines) != 1 {
		t.Fatalf("stderr has %d lines of the program's, want 1:\n%s", len(lines), r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(lines[0], text) {
			t.Errorf("%q does not tell %q", lines[0], text)
		}
	}
}

// own returns the lines of stderr that are not closing lines.
func (r result) own() []string {
	var own []string
	for line := range strings.Lines(r.stderr) {
		switch {
		case strings.HasPrefix(line, "Trace ID: "), strings.HasPrefix(line, "Short trace ID for OpenTracing-based drivers: "),
			line == "Display trace data with command:\n", strings.HasPrefix(line, "osprofiler trace show --html "), strings.HasPrefix(line, "ostrace show "):
		default:
			own = append(own, strings.TrimSuffix(line, "\n"))
		}
	}
	for _, line := range own {
		if !strings.HasPrefix(line, "createserver: ") {
			return append(own, "a line that does not begin with createserver:")
		}
	}
	return own
}

// drawn checks that the tree has the spans.
func (r result) drawn(t *testing.T, spans ...string) {
	t.Helper()
	for _, span := range append(spans, "createserver") {
		if !strings.Contains(r.stdout, span) {
			t.Errorf("the tree has no %q:\n%s", span, r.stdout)
		}
	}
}

// report returns the JSON on stdout.
func (r result) report(t *testing.T) reportJSON {
	t.Helper()
	var report reportJSON
	decoder := json.NewDecoder(strings.NewReader(r.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		t.Fatalf("stdout is not the JSON of a report: %v\n%s", err, r.stdout)
	}
	if decoder.More() {
		t.Errorf("stdout has more than a report:\n%s", r.stdout)
	}
	return report
}

// nothingLeft checks that the cloud has no server.
func nothingLeft(t *testing.T, cloud *simcloud.Cloud) {
	t.Helper()
	if left := cloud.Servers(); len(left) != 0 {
		t.Errorf("servers are left: %q", left)
	}
}

// outside returns the requests from the program that have the method and whose
// path begins with path. An empty text matches all.
func outside(cloud *simcloud.Cloud, method, path string) []simcloud.Request {
	return slices.DeleteFunc(cloud.Requests(), func(r simcloud.Request) bool {
		return r.Caller != "" || method != "" && r.Method != method || !strings.HasPrefix(r.Path, path)
	})
}

const serversPath = "/v2.1/servers"

// isCreate, isShow and isDelete tell the requests about servers apart.
func isCreate(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == serversPath }
func isShow(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, serversPath+"/") && r.URL.Path != serversPath+"/detail"
}
func isDelete(r *http.Request) bool { return r.Method == http.MethodDelete }

// answer writes JSON.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// gone returns when the program does not wait for the answer to a request any
// more. A server notices that only after it has read the body.
func gone(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// shorten sets a duration for the test.
func shorten(t *testing.T, d *time.Duration, to time.Duration) {
	t.Helper()
	was := *d
	*d = to
	t.Cleanup(func() { *d = was })
}
