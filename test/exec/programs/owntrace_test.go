// SPDX-License-Identifier: Apache-2.0

package programs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/test/exec/programs"
)

// TestOwnTrace checks that a program keeps its own trace if it signs its requests
// itself and is not in the command's trace. A span of ostrace exec is between each
// of its spans and the service.
func TestOwnTrace(t *testing.T) {
	folder := t.TempDir()
	environment, err := programs.Prepare(folder, cloud)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "createserver")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../../../examples", "-o", program, "./createserver").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	step := programs.Step{
		Command: []string{
			"env", "-u", "TRACEPARENT", program, "--os-profile-file", keyFile, "--image", "tiny", "--flavor", "m1.nano", "--network", "net1",
			"--name", "exec-own", "--output", "json",
		},
		Services: []string{"keystone", "glance", "neutron", "nova", "placement"},
	}
	r := run(t, step, folder, environment, inTrace()...)
	if r.status != 0 || !strings.Contains(r.stderr, "A trace of the program's own:") {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	var report struct {
		BaseID string `json:"base_id"`
		Spans  []struct {
			SpanID     string         `json:"span_id"`
			Kind       string         `json:"kind"`
			Attributes map[string]any `json:"attributes"`
		} `json:"spans"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatal(err)
	}
	own := map[string]string{} // the request of each client span
	for _, span := range report.Spans {
		if span.Kind == "client" {
			full, _ := span.Attributes["url.full"].(string)
			own[span.SpanID] = request(fmt.Sprint(span.Attributes["http.request.method"]), full)
		}
	}
	eventually(t, r, report.BaseID, func(stored *points.Trace) error {
		return errors.Join(between(stored, maps.Clone(own)), complete(stored, step, r.requests))
	})
}

// between reports a point in the store that is not below a span of ostrace exec, and
// a client span of the program without a span of ostrace exec below it.
func between(stored *points.Trace, own map[string]string) error {
	proxied := proxiedBy(stored)
	for _, p := range stored.Points { // the program has stored none of its own
		id, _ := propagation.SpanID(p.TraceID)
		span, ok := proxied[id]
		if !ok {
			return fmt.Errorf("a %s of %s is below no span of ostrace exec", p.Name, p.Service)
		}
		parent, _ := propagation.SpanID(p.ParentID)
		if want := own[parent.String()]; want != requestOf(span) {
			return fmt.Errorf("the span of %s is below that of %q", requestOf(span), want)
		}
		delete(own, parent.String())
	}
	if len(own) > 0 {
		return fmt.Errorf("nothing is below the program's spans of %q", slices.Collect(maps.Values(own)))
	}
	return nil
}
