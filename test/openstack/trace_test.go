// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
)

var traceIDLine = regexp.MustCompile(`(?m)^Trace ID: (\S+)$`)

// All other tests here rely on this: one server create of the OpenStack client
// is one whole trace, with points of all eight services.
func TestOpenStackClientTrace(t *testing.T) {
	const server = "client-trace"
	t.Cleanup(func() { openstack(t, "server", "delete", "--wait", server) })
	stdout, stderr := openstack(t, "--os-profile", "SECRET_KEY", "server", "create",
		"--image", "tiny", "--flavor", "m1.nano", "--nic", "net-id=net1", "--wait", server,
		"--format", "value", "--column", "status")
	if strings.TrimSpace(stdout) != "ACTIVE" {
		t.Errorf("the server's status is %q", stdout)
	}
	match := traceIDLine.FindStringSubmatch(stderr)
	if match == nil {
		t.Fatalf("no trace id in what the client printed:\n%s", stderr)
	}
	baseID := match[1]

	eventually(t, func() error {
		trace := points(t, baseID)
		if err := whole(trace, map[string]bool{baseID: true}); err != nil {
			return err
		}
		if shown := traceShow(t, baseID).descendants(); shown != len(trace) {
			return fmt.Errorf("osprofiler trace show has %d points, the store %d", shown, len(trace))
		}
		return nil
	})
}

// whole returns an error if the trace of a new server lacks the points of a
// service, the stop of a start, or the parent of a point. The parents that the
// client sent are not points.
func whole(trace []point, sent map[string]bool) error {
	missing := map[string]bool{
		"keystone public":        true,
		"glance api":             true,
		"placement placement":    true,
		"neutron neutron-server": true,
		"nova osapi_compute":     true,
		"nova nova-conductor":    true,
		"nova nova-scheduler":    true,
		"nova nova-compute":      true,
	}
	for _, p := range trace {
		delete(missing, p.Project+" "+p.Service)
	}
	for service := range missing {
		return fmt.Errorf("no point of %s among %d", service, len(trace))
	}
	return unbroken(trace, sent)
}

// unbroken returns an error if a point has no stop, or its parent is missing.
func unbroken(trace []point, sent map[string]bool) error {
	ids := maps.Clone(sent)
	for _, p := range trace {
		ids[p.TraceID] = true
	}
	for _, p := range trace {
		if p.Start == nil || p.Stop == nil {
			return fmt.Errorf("point %s of %s has no start or no stop", p.TraceID, p.Service)
		}
		if !ids[p.ParentID] {
			return fmt.Errorf("point %s of %s lacks its parent %s", p.TraceID, p.Service, p.ParentID)
		}
	}
	return nil
}
