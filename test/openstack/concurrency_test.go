// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// With Nova in eventlet's threads, each trace is whole. In native threads, each
// thread of Nova's workers keeps the first trace that it has seen. The next
// trace ends at the API, and the points of the workers for it are in the first.
// A thread that has seen no trace yet keeps the next one, so a part of that may
// be stored correctly.
func TestConcurrencyBackends(t *testing.T) {
	for backend, isWhole := range thisRelease(t).backends {
		t.Run(backend, func(t *testing.T) {
			bringUp(t, "CONCURRENCY_BACKEND="+backend)
			first := tracedServer(t)
			var before []point
			eventually(t, func() error {
				before = points(t, first.BaseID)
				return whole(before, sentParents(first))
			})
			second := tracedServer(t)
			if isWhole {
				eventually(t, func() error { return whole(points(t, second.BaseID), sentParents(second)) })
				if after := points(t, first.BaseID); len(after) != len(before) {
					t.Errorf("the first trace had %d points and has %d", len(before), len(after))
				}
				return
			}
			var strangers []point
			eventually(t, func() error {
				strangers = pointsBut(points(t, first.BaseID), before)
				if done := functions(strangers); !done[computeManager+"build_and_run_instance"] && !done[computeManager+"terminate_instance"] {
					return fmt.Errorf("none of the %d points that were added to the first trace is of what nova-compute did for the second", len(strangers))
				}
				return nil
			})
			cut := points(t, second.BaseID)
			if done := functions(cut); done[computeManager+"build_and_run_instance"] && done[computeManager+"terminate_instance"] {
				t.Errorf("the second trace has all that nova-compute did for it, in %d points", len(cut))
			}
			if !ofService(cut, "osapi_compute") {
				t.Errorf("the API is not in the second trace's %d points", len(cut))
			}
			t.Logf("the first trace had %d points, and %d were added; the second has %d", len(before), len(strangers), len(cut))
		})
	}
}

// bringUp runs the cloud with another value of a parameter, and with new
// workers, until the test ends.
func bringUp(t *testing.T, parameter string) {
	t.Helper()
	name, _, _ := strings.Cut(parameter, "=")
	was := name + "=" + lookup(parameters, name)
	call := func(args ...string) {
		t.Helper()
		if output, err := exec.Command("./openstack", args...).CombinedOutput(); err != nil {
			t.Fatalf("openstack %v: %v\n%s", args, err, output)
		}
	}
	up := func(parameter string) {
		t.Helper()
		args := []string{"up", parameter}
		for _, assignment := range parameters {
			if !strings.HasPrefix(assignment, name+"=") && !strings.HasPrefix(assignment, "PATH=") {
				args = append(args, assignment)
			}
		}
		call(args...)
	}
	if parameter == was {
		call("restart", "nova-conductor", "nova-scheduler", "nova-compute")
		return
	}
	t.Cleanup(func() { up(was) })
	up(parameter)
}

// tracedServer creates a server and deletes it, in one trace.
func tracedServer(t *testing.T) report {
	t.Helper()
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	ctx, root := c.tracer.Start(t.Context(), "create server")
	_, err := c.createAndDelete(ctx, compute, computeservers.CreateOpts{
		Name: "traced", ImageRef: idOf(t, "image", "tiny"), FlavorRef: "42", Networks: []computeservers.Network{{UUID: idOf(t, "network", "net1")}},
	})
	root.End()
	if err != nil {
		t.Fatal(err)
	}
	return c.reportOf(root.SpanContext().TraceID())
}

// pointsBut returns the points of all that are not in others.
func pointsBut(all, others []point) (rest []point) {
	known := map[string]bool{}
	for _, p := range others {
		known[p.TraceID] = true
	}
	for _, p := range all {
		if !known[p.TraceID] {
			rest = append(rest, p)
		}
	}
	return rest
}

const computeManager = "nova.compute.manager.ComputeManager."

// functions returns the names of the points' functions.
func functions(points []point) map[string]bool {
	names := map[string]bool{}
	for _, p := range points {
		if p.Start != nil {
			function, _ := p.Start.Info["function"].(map[string]any)
			name, _ := function["name"].(string)
			names[name] = true
		}
	}
	return names
}

func ofService(points []point, service string) bool {
	for _, p := range points {
		if p.Service == service {
			return true
		}
	}
	return false
}
