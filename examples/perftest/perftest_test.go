// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// ofMode returns the requests of the scenarios in one mode. The user agent
// names the mode.
func ofMode(cloud *simcloud.Cloud, mode string) []simcloud.Request {
	return slices.DeleteFunc(cloud.Requests(), func(r simcloud.Request) bool {
		return r.Caller != "" || !strings.HasPrefix(r.Header.Get("User-Agent"), "ostrace-perftest-"+mode+" ")
	})
}

func TestEachModeSendsItsHeaders(t *testing.T) {
	cloud := realCloud(t)
	const rounds, passes = 2, 3
	r := execute(t.Context(), t, "--rounds", "2", "--passes", "3")
	if r.status != 0 || strings.Contains(r.stderr, "simulated") {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	checkMarkdown(t, r.stdout)
	if own := left(t, cloud); len(own) != 0 {
		t.Errorf("left behind: %q", own)
	}
	for mode, want := range map[string]struct{ traceparent, packed, signed bool }{
		modeNone:       {},
		modeW3C:        {traceparent: true},
		modeUnknownKey: {traceparent: true, packed: true},
		modeTraced:     {traceparent: true, packed: true, signed: true},
	} {
		requests := ofMode(cloud, mode)
		lists := 0
		traces := map[string]bool{}
		for _, r := range requests {
			if got := r.Header.Get("Traceparent") != ""; got != want.traceparent {
				t.Errorf("%s: %s %s has a traceparent: %t", mode, r.Method, r.Path, got)
			} else if got {
				traces[r.Header.Get("Traceparent")[3:35]] = true
			}
			if got := r.Header.Get("X-Trace-Info") != "" && r.Header.Get("X-Trace-Hmac") != ""; got != want.packed {
				t.Errorf("%s: %s %s has OSProfiler's headers: %t", mode, r.Method, r.Path, got)
			}
			if r.Signed != want.signed {
				t.Errorf("%s: %s %s is signed with the cloud's key: %t", mode, r.Method, r.Path, r.Signed)
			}
			if r.Method == http.MethodGet && r.Path == "/v3/projects" {
				lists++
			}
		}
		if lists != (rounds+1)*passes {
			t.Errorf("%s: projects were listed %d times", mode, lists)
		}
		if want.traceparent && len(traces) != rounds+1 {
			t.Errorf("%s: %d scenarios are %d traces", mode, rounds+1, len(traces))
		}
	}
}

// All modes do the same, except that they can look at a server more or less
// often.
func TestModesDoTheSame(t *testing.T) {
	cloud := realCloud(t)
	if r := execute(t.Context(), t, "--rounds", "1", "--passes", "2"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	story := func(mode string) []string {
		var requests []string
		for _, r := range ofMode(cloud, mode) {
			parts := strings.Split(r.Path, "/")
			if last := parts[len(parts)-1]; strings.Count(last, "-") == 4 {
				parts[len(parts)-1] = "{id}"
			}
			request := r.Service + " " + r.Method + " " + strings.Join(parts, "/")
			if request != "compute GET /v2.1/servers/{id}" {
				requests = append(requests, request)
			}
		}
		return requests
	}
	want := story(modeNone)
	if len(want) < 2*len(listCalls)*2 {
		t.Fatalf("too few requests: %q", want)
	}
	for _, mode := range []string{modeW3C, modeUnknownKey, modeTraced} {
		if got := story(mode); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nnone:\n%q", mode, got, want)
		}
	}
}

// order returns the order in which the modes listed projects.
func order(cloud *simcloud.Cloud) string {
	var modes []string
	for _, r := range cloud.Requests() {
		if r.Caller == "" && r.Path == "/v3/projects" {
			agent, _, _ := strings.Cut(r.Header.Get("User-Agent"), " ")
			modes = append(modes, strings.TrimPrefix(agent, "ostrace-perftest-"))
		}
	}
	return strings.Join(modes, " ")
}

func TestSeed(t *testing.T) {
	var orders []string
	for _, seed := range []string{"1", "1", "2"} {
		cloud := realCloud(t)
		if r := execute(t.Context(), t, "--rounds", "1", "--passes", "6", "--seed", seed); r.status != 0 {
			t.Fatal(r.stderr)
		}
		orders = append(orders, order(cloud))
	}
	if orders[0] != orders[1] || orders[0] == orders[2] {
		t.Errorf("the modes took turns so:\n%s", strings.Join(orders, "\n"))
	}
	turns := strings.Fields(orders[0])
	firsts := map[string]bool{}
	for turn := range slices.Chunk(turns, 4) {
		firsts[turn[0]] = true
		slices.Sort(turn)
		if !slices.Equal(turn, []string{modeNone, modeTraced, modeUnknownKey, modeW3C}) {
			t.Errorf("a turn of %q", turn)
		}
	}
	if len(firsts) < 3 {
		t.Errorf("only %v ever came first", firsts)
	}
}

// This is the first command that users try, with nothing set up.
func TestSimulatedCloud(t *testing.T) {
	clearEnvironment(t)
	simulation = []simcloud.Option{simcloud.WithTimeScale(0)}
	t.Cleanup(func() { simulation = nil })
	folder := filepath.Join(t.TempDir(), "a", "b")
	r := execute(t.Context(), t, "--rounds", "2", "--passes", "2", "--output", folder)
	if r.status != 0 || !strings.Contains(r.stderr, "simulated") || !strings.Contains(r.stderr, "round 2 of 2") {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	checkMarkdown(t, r.stdout)
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	checkCSV(t, read("perftest.csv"), 2)
	checkSVG(t, read("perftest.svg"), 2)
	page := read("perftest.md")
	checkMarkdown(t, page)
	if !strings.Contains(page, r.stdout) || !strings.Contains(page, "simulated cloud") {
		t.Errorf("the page is\n%s", page)
	}
}

func TestHelp(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OS_PROFILE", key)
	r := execute(t.Context(), t, "--help")
	if r.status != 0 || r.stderr != "" {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
	for _, text := range []string{"--os-profile KEY", "--os-profile-file FILE", "--os-cloud NAME", "--image", "--rounds", "--passes", "--seed", "--output DIR",
		"none", "w3c", "unknown-key", "traced", "exit status"} {
		if !strings.Contains(r.stdout, text) {
			t.Errorf("--help does not tell %q", text)
		}
	}
}
