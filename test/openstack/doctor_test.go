// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// breakage is something that is wrong with the cloud.
type breakage struct {
	name string
	// edits change files of the cloud's configuration.
	edits []edit
	// services are restarted.
	services []string
	// lines are the lines of the table that change, by their first word. An empty
	// line can be any.
	lines map[string]string
	// findings are the problems that are found, with their services.
	findings []string
	// writes lets doctor create a server and a volume, so many times.
	writes int
	// user is the openrc file, and empty for the admin's.
	user string
}

// edit replaces a text in a file, wherever it is there. Without a text it makes the
// file.
type edit struct{ file, old, new string }

// breakages are those of all releases.
var breakages = []breakage{
	{
		name: "a user without roles of Placement", user: "demo-openrc",
		lines: map[string]string{"placement": "placement 403 yes sha1 - no - no yes ok"},
	},
	{
		name: "RPC is traced", writes: 1,
		lines: map[string]string{"nova": "nova 200 yes sha1 yes no yes no yes ok", "cinder": "cinder 200 yes sha1 - no yes no yes ok"},
	},
	{
		name: "another key", services: []string{"glance"},
		edits:    []edit{{"glance/glance-api.conf", "hmac_keys = SECRET_KEY", "hmac_keys = OTHER"}},
		lines:    map[string]string{"glance": "glance 200 no - - - - no yes -"},
		findings: []string{"not-traced glance"},
	},
	{
		name: "no filter", services: []string{"neutron"},
		edits:    []edit{{"neutron/api-paste.ini", " osprofiler ", " "}},
		lines:    map[string]string{"neutron": "neutron 200 no - - - - no yes -"},
		findings: []string{"not-traced neutron"},
	},
	{
		name: "OSProfiler is off", services: []string{"placement"},
		edits:    []edit{{"placement/placement.conf", "[profiler]\nenabled = True", "[profiler]\nenabled = False"}},
		lines:    map[string]string{"placement": "placement 200 no - - - - no yes -"},
		findings: []string{"not-traced placement"},
	},
	{
		name: "another store", services: []string{"cinder-api"},
		edits:    []edit{{"cinder/cinder.conf", "connection_string = " + redisURL, "connection_string = " + redisURL + "/3"}},
		lines:    map[string]string{"cinder": "cinder 200 yes sha1 - - - no yes -"},
		findings: []string{"stored-elsewhere cinder"},
	},
	{
		name: "a store that is down", services: []string{"cinder-api"},
		edits:    []edit{{"cinder/cinder.conf", "connection_string = " + redisURL, "connection_string = redis://127.0.0.1:1"}},
		lines:    map[string]string{"cinder": "cinder 500 no - - - - no yes -"},
		findings: []string{"tracing-breaks-the-service cinder"},
	},
	{
		name: "another clock", services: []string{"placement"},
		edits:    []edit{{"placement.env", "", fakeTime("+90s")}},
		lines:    map[string]string{"placement": "placement 200 yes sha1 - no - no yes +1m30s"},
		findings: []string{"clocks-differ placement"},
	},
	{
		name: "no SQL", services: []string{"neutron"},
		edits: []edit{{"neutron/neutron.conf", "trace_sqlalchemy = True", "trace_sqlalchemy = False"}},
		lines: map[string]string{"neutron": "neutron 200 yes sha1 no no - no yes ok"},
	},
}

// breakages2026 are those of 2026.2 alone.
var breakages2026 = []breakage{
	{
		name: "native OpenTelemetry", services: []string{"glance"},
		edits: []edit{
			{"glance/glance-api-paste.ini", " context rootapp", " context otel rootapp"},
			{"glance/glance-api-paste.ini", "[filter:osprofiler]", "[filter:otel]\npaste.filter_factory = oslo_middleware:TracingMiddleware.factory\n\n[filter:osprofiler]"},
			{"glance/glance-api.conf", "[oslo_middleware_tracing]\nenabled = False", "[oslo_middleware_tracing]\nenabled = True\nservice_name = glance"},
		},
		lines: map[string]string{"glance": "glance 200 yes sha1 yes no - yes yes ok"},
	},
	{
		name: "calls are traced", services: []string{"nova-api"},
		edits: []edit{{"nova/nova.conf", "trace_requests = False", "trace_requests = True"}},
		lines: map[string]string{"nova": "nova 200 yes sha1 yes yes - no yes ok"},
	},
	{
		name: "native threads", services: []string{"nova-conductor", "nova-scheduler", "nova-compute"}, writes: 3,
		edits: []edit{
			{"nova/nova.conf", "concurrency_backend = eventlet", "concurrency_backend = threading"},
			{"nova/nova-compute.conf", "concurrency_backend = eventlet", "concurrency_backend = threading"},
		},
		lines:    map[string]string{"nova": "", "cinder": "cinder 200 yes sha1 - no yes no yes ok"},
		findings: []string{"points-of-other-requests nova", "traces-stop nova"},
	},
}

// fakeTime returns the variables with which the clock of a process is off.
func fakeTime(offset string) string {
	return "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1\nFAKETIME=" + offset + "\n"
}

// healthyLines are the lines of a healthy cloud.
var healthyLines = map[string]string{
	"SERVICE":   "SERVICE ANSWER TRACED DIGEST SQL CALLS RPC NATIVE ID CLOCK",
	"keystone":  "keystone 200 yes sha1 yes - - no yes ok",
	"glance":    "glance 200 yes sha1 yes no - no yes ok",
	"neutron":   "neutron 200 yes sha1 yes no - no yes ok",
	"placement": "placement 200 yes sha1 - no - no yes ok",
	"nova":      "nova 200 yes sha1 yes no - no yes ok",
	"cinder":    "cinder 200 yes sha1 - no - no yes ok",
}

// ostrace doctor finds what is wrong with a real cloud, and only that. Breakages of
// different services are tested at once: each has its own line and its own finding,
// and the lines of all other services are those of a healthy cloud.
func TestDoctor(t *testing.T) {
	all := slices.Clone(breakages)
	if lookup(parameters, "RELEASE") == "2026.2" {
		all = append(all, breakages2026...)
	}
	var repaired []string // services whose configuration was changed back
	t.Cleanup(func() { restart(t, repaired...) })
	for _, round := range append([][]breakage{{{name: "healthy"}}}, rounds(all)...) {
		var names []string
		var together breakage
		for _, b := range round {
			names = append(names, b.name)
			together = together.and(b)
		}
		t.Run(strings.Join(names, ", "), func(t *testing.T) {
			undo := together.edit(t)
			defer func() {
				undo()
				repaired = together.services
			}()
			restart(t, append(slices.Clone(repaired), together.services...)...)
			together.check(t, "--connection-string", redisURL)
		})
	}
}

// rounds puts breakages of different services together. One that needs another user,
// or writes, is alone.
func rounds(all []breakage) (list [][]breakage) {
	free := func(round []breakage, b breakage) bool {
		return !slices.ContainsFunc(round, func(other breakage) bool {
			return other.alone() || b.alone() || slices.ContainsFunc(b.services, func(s string) bool { return slices.Contains(other.services, s) })
		})
	}
	for _, b := range all {
		if i := slices.IndexFunc(list, func(round []breakage) bool { return free(round, b) }); i >= 0 {
			list[i] = append(list[i], b)
		} else {
			list = append(list, []breakage{b})
		}
	}
	return list
}

func (b breakage) alone() bool { return b.user != "" || b.writes > 0 }

// and returns both breakages in one.
func (b breakage) and(other breakage) breakage {
	both := breakage{
		edits: append(slices.Clone(b.edits), other.edits...), services: append(slices.Clone(b.services), other.services...),
		lines: map[string]string{}, findings: append(slices.Clone(b.findings), other.findings...),
		writes: b.writes + other.writes, user: b.user + other.user,
	}
	maps.Copy(both.lines, b.lines)
	maps.Copy(both.lines, other.lines)
	return both
}

// edit changes the configuration, and returns what changes it back.
func (b breakage) edit(t *testing.T) (undo func()) {
	t.Helper()
	before := map[string][]byte{}
	for _, e := range b.edits {
		file := filepath.Join(stateFolder(), "current", "etc", e.file)
		text, err := os.ReadFile(file)
		if err != nil && e.old != "" {
			t.Fatal(err)
		}
		if _, known := before[file]; !known {
			before[file] = text
		}
		changed := e.new
		if e.old != "" {
			if changed = strings.ReplaceAll(string(text), e.old, e.new); changed == string(text) {
				t.Fatalf("%s has no %q", file, e.old)
			}
		}
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for file, text := range before {
			if text == nil {
				_ = os.Remove(file)
			} else if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// restart restarts services of the cloud.
func restart(t *testing.T, services ...string) {
	t.Helper()
	slices.Sort(services)
	if services = slices.Compact(services); len(services) == 0 {
		return
	}
	if _, stderr, status := try(t, os.Environ(), "./openstack", append([]string{"restart"}, services...)...); status != 0 {
		t.Fatalf("restart %v: %s", services, stderr)
	}
}

// check runs doctor, which looks for points and spans where the flags say, and
// compares what it finds.
func (b breakage) check(t *testing.T, where ...string) {
	t.Helper()
	env := adminEnv
	if b.user != "" {
		var err error
		if env, err = loadOpenrc(b.user); err != nil {
			t.Fatal(err)
		}
	}
	env = append(slices.Clip(env), "OS_PROFILE=SECRET_KEY")
	args := append([]string{"doctor"}, where...)
	if b.writes > 0 {
		args = append(args, "--write")
	}
	run(t, "redis-cli", "-h", "127.0.0.1", "flushdb") // the traces of other tests
	var stdout, stderr string
	status := 0
	for range max(b.writes, 1) {
		stdout, stderr, status = try(t, env, ostraceProgram, args...)
	}
	t.Logf("\n%s%s", stdout, stderr)

	want := maps.Clone(healthyLines)
	maps.Copy(want, b.lines)
	lines := map[string]string{}
	for line := range strings.Lines(stdout) {
		words := strings.Fields(line)
		if len(words) == 0 {
			break
		}
		lines[words[0]] = strings.Join(words, " ")
	}
	for service, line := range want {
		if line == "" && lines[service] != "" {
			delete(lines, service)
			continue
		}
		if lines[service] != line {
			t.Errorf("the line of %s is %q, want %q", service, lines[service], line)
		}
		delete(lines, service)
	}
	if len(lines) > 0 {
		t.Errorf("there are also the lines %q", lines)
	}
	if unhealthy := len(b.findings) > 0; stderr != "" || status != map[bool]int{false: 0, true: 1}[unhealthy] {
		t.Errorf("exit status %d, %s", status, stderr)
	}
	if b.writes == 0 {
		if found := problems(t, env, args); !slices.Equal(slices.Sorted(slices.Values(found)), slices.Sorted(slices.Values(b.findings))) {
			t.Errorf("found %q, want %q", found, b.findings)
		}
	}
	for _, finding := range b.findings {
		id, _, _ := strings.Cut(finding, " ")
		if !strings.Contains(stdout, "See docs/openstack.md#"+id) {
			t.Errorf("no finding %s", id)
		}
	}
}

// problems returns the problems that doctor reports in JSON.
func problems(t *testing.T, env, args []string) (found []string) {
	t.Helper()
	stdout, stderr, _ := try(t, env, ostraceProgram, append(slices.Clone(args), "--json")...)
	var report struct {
		Findings []struct {
			ID, Severity string
			Services     []string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	for _, f := range report.Findings {
		if f.Severity == "problem" {
			found = append(found, strings.TrimSpace(f.ID+" "+strings.Join(f.Services, ",")))
		}
	}
	return found
}
