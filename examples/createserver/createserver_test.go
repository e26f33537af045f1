// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// This is the first command that users try, with nothing set up.
func TestFirstCommand(t *testing.T) {
	clearEnvironment(t)
	r := execute(t.Context(), t)
	if r.status != 0 {
		t.Errorf("exit status %d", r.status)
	}
	r.drawn(t, "authenticate", "find image", "POST /v2.1/servers", "wait until ACTIVE", "delete server",
		"keystone-public", "glance-api", "neutron-neutr", "nova-osapi_compute", "nova-nova-compute", "placement-placement", "SQL_SELECT")
	for line := range strings.Lines(r.stdout) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	lines := strings.Split(r.stderr, "\n")
	if len(lines) != 7 || !strings.Contains(lines[0], "simulated") || lines[2] == "" ||
		!strings.HasPrefix(lines[1], "Trace ID: ") || lines[3] != "Display trace data with command:" {
		t.Fatalf("stderr is\n%s", r.stderr)
	}
	id := strings.TrimPrefix(lines[1], "Trace ID: ")
	if want := "osprofiler trace show --html " + id + " "; lines[4] != want {
		t.Errorf("%q, want %q", lines[4], want)
	}
	if want := "ostrace show " + id; lines[5] != want {
		t.Errorf("%q, want %q", lines[5], want)
	}
	if !strings.Contains(r.stdout, "Trace "+strings.ReplaceAll(id, "-", "")) {
		t.Errorf("the tree is not of the trace %s", id)
	}
}

// A user who has a key in the environment sees the services too.
func TestSimulatedCloudTakesTheKeyGiven(t *testing.T) {
	clearEnvironment(t)
	setenv(t, "OS_PROFILE="+key)
	r := execute(t.Context(), t)
	if r.status != 0 {
		t.Errorf("exit status %d", r.status)
	}
	r.drawn(t, "keystone-public", "nova-nova-compute")
}

func TestSimulatedCloudTakesFlags(t *testing.T) {
	clearEnvironment(t)
	r := execute(t.Context(), t, "--flavor", "m1.toobig", "--output", "json")
	if r.status != 1 || !strings.Contains(r.report(t).Error, "No valid host was found") {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
}

func TestRealCloud(t *testing.T) {
	for name, args := range map[string][]string{
		"by names":       wanted,
		"image by id":    {"--image", "22222222-5c1d-4b6e-9a40-0f2f3a6d1c02", "--flavor", "m1.nano", "--network", "net1"},
		"flavor by id":   {"--image", "tiny", "--flavor", "42", "--network", "net1"},
		"network by id":  {"--image", "tiny", "--flavor", "42", "--network", "44444444-5c1d-4b6e-9a40-0f2f3a6d1c04"},
		"no network":     {"--image", "tiny", "--flavor", "42", "--network", "none"},
		"any network":    {"--image", "tiny", "--flavor", "42", "--network", "auto"},
		"an odd name":    with("--name", "ö .*[\"\\\n%/x"),
		"the key a flag": with("--os-profile", key),
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			if strings.Contains(name, "flag") {
				unset(t, "OS_PROFILE")
			}
			r := execute(t.Context(), t, args...)
			r.succeeded(t)
			r.drawn(t, "authenticate", "POST /v2.1/servers", "delete server")
			nothingLeft(t, cloud)
			for _, request := range outside(cloud, "", "") {
				if !request.Signed {
					t.Errorf("%s %s is not signed", request.Method, request.Path)
				}
			}
			if n := len(outside(cloud, http.MethodPost, serversPath)); n != 1 {
				t.Errorf("%d servers were asked for", n)
			}
		})
	}
}

// The cloud's services sign their requests to each other with the program's
// digest.
func TestDigest(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		env    string
		digits int
	}{
		"none":                 {wanted, "", 40},
		"flag":                 {with("--os-profile-digest", "sha256"), "", 64},
		"environment":          {wanted, "sha256,sha1", 64},
		"flag and environment": {with("--os-profile-digest", "sha1"), "sha256", 40},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, "OSTRACE_HMAC_DIGESTS="+test.env)
			execute(t.Context(), t, test.args...).succeeded(t)
			inside := 0
			for _, request := range cloud.Requests() {
				if request.Caller != "" {
					inside++
				}
				if got := len(request.Header.Get("X-Trace-Hmac")); !request.Signed || got != test.digits {
					t.Errorf("%s %s of %q has a signature of %d digits, want %d", request.Method, request.Path, request.Caller, got, test.digits)
				}
			}
			if inside == 0 {
				t.Error("the services called nobody")
			}
		})
	}
}

func TestKeyFromFile(t *testing.T) {
	cloud := realCloud(t)
	unset(t, "OS_PROFILE")
	file := t.TempDir() + "/key"
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t.Context(), t, with("--os-profile-file", file)...).succeeded(t)
	if !outside(cloud, http.MethodPost, serversPath)[0].Signed {
		t.Error("nothing is signed")
	}
}

// Without a key a real cloud traces nothing, and the program does not mention
// osprofiler.
func TestNoKey(t *testing.T) {
	cloud := realCloud(t)
	unset(t, "OS_PROFILE")
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	if r.stderr != "" {
		t.Errorf("stderr is\n%s", r.stderr)
	}
	if report := r.report(t); report.TraceID == "" || report.BaseID != "" || len(report.Spans) == 0 {
		t.Errorf("trace %q, base %q, %d spans", report.TraceID, report.BaseID, len(report.Spans))
	}
	for _, request := range outside(cloud, "", "") {
		if request.Signed || request.Header.Get("Traceparent") == "" {
			t.Errorf("%s %s: signed %t, traceparent %q", request.Method, request.Path, request.Signed, request.Header.Get("Traceparent"))
		}
	}
}

func TestKeep(t *testing.T) {
	cloud := realCloud(t)
	r := execute(t.Context(), t, with("--keep", "--name", "mine", "--output", "json")...)
	if r.status != 0 {
		t.Errorf("exit status %d", r.status)
	}
	if want := []string{"createserver: server " + r.report(t).ServerID + " is kept"}; !slices.Equal(r.own(), want) {
		t.Errorf("stderr has %q, want %q", r.own(), want)
	}
	if got := cloud.Servers(); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("the cloud has the servers %q", got)
	}
	for _, span := range r.report(t).Spans {
		if span.Name == "delete server" {
			t.Error("the server was deleted")
		}
	}
}

// A token that expires during the run is renewed, in the same trace.
func TestTokenRenewed(t *testing.T) {
	cloud := realCloud(t)
	revoked := false
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		if !revoked && isCreate(r) {
			revoked = true
			cloud.RevokeTokens()
		}
		return false
	})
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	nothingLeft(t, cloud)
	if n := len(outside(cloud, http.MethodPost, "/v3/auth/tokens")); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
	checkRules(t, cloud, r.report(t))
}

func TestTraceparent(t *testing.T) {
	cloud := realCloud(t)
	setenv(t, "TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	report := r.report(t)
	if report.TraceID != "0af7651916cd43dd8448eb211c80319c" || report.BaseID != "0af76519-16cd-43dd-8448-eb211c80319c" {
		t.Errorf("trace %s, base %s", report.TraceID, report.BaseID)
	}
	root := report.Spans[0]
	if root.Name != "createserver" || root.ParentSpanID != "b7ad6b7169203331" {
		t.Errorf("the root %q has the parent %q", root.Name, root.ParentSpanID)
	}
	checkRules(t, cloud, report)
}

func TestHelp(t *testing.T) {
	clearEnvironment(t)
	setenv(t, "OS_PROFILE="+key)
	r := execute(t.Context(), t, "--help")
	if r.status != 0 || r.stderr != "" {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
	for _, text := range []string{"Usage:", "Examples:", "--os-profile KEY", "--os-profile-file FILE", "--os-cloud NAME", "--image", "--flavor",
		"--network", "--name", "--keep", "--timeout", "--output", "OTEL_TRACES_EXPORTER", "OS_AUTH_URL", "exit status"} {
		if !strings.Contains(r.stdout, text) {
			t.Errorf("--help does not tell %q", text)
		}
	}
}

// checkRules checks the rules "One trace" and "The bridge" for the requests
// that the program sent: the traceparent and the parent_id that arrived name
// the span of each request.
func checkRules(t *testing.T, cloud *simcloud.Cloud, report reportJSON) {
	t.Helper()
	clients := map[string]bool{}
	for _, span := range report.Spans {
		if span.TraceID != report.TraceID {
			t.Errorf("the span %q is of the trace %s, not %s", span.Name, span.TraceID, report.TraceID)
		}
		if span.Kind == "client" && span.Service == "createserver" {
			clients[span.SpanID] = true
		}
	}
	requests := outside(cloud, "", "")
	if len(requests) != len(clients) || len(requests) == 0 {
		t.Errorf("%d requests and %d spans of them", len(requests), len(clients))
	}
	for _, r := range requests {
		what := r.Method + " " + r.Path
		if !r.Signed {
			t.Errorf("%s is not signed", what)
			continue
		}
		if base := strings.ReplaceAll(r.Trace.BaseID, "-", ""); base != report.TraceID || r.Trace.BaseID != report.BaseID {
			t.Errorf("one trace: %s has the base_id %s, the trace is %s", what, r.Trace.BaseID, report.TraceID)
		}
		parent := strings.ReplaceAll(r.Trace.ParentID, "-", "")
		if parent[:16] != report.TraceID[:16] {
			t.Errorf("the bridge: %s has the parent_id %s", what, r.Trace.ParentID)
		}
		span := parent[16:]
		if !clients[span] {
			t.Errorf("the bridge: no client span for the parent_id %s of %s", r.Trace.ParentID, what)
		}
		clients[span] = false
		if got, want := r.Header.Get("Traceparent"), "00-"+report.TraceID+"-"+span+"-01"; got != want {
			t.Errorf("one trace: %s has the traceparent %s, want %s", what, got, want)
		}
	}
}
