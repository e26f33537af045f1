// SPDX-License-Identifier: Apache-2.0

package openstack_test

import "testing"

// release has the differences between the clouds on which the tests run.
type release struct {
	// backends has the values of CONCURRENCY_BACKEND, and whether traces are
	// whole with each.
	backends map[string]bool
	// servers is the number of servers in one trace that have more than
	// manyPoints points.
	servers int
	// osprofiler trace show takes at least timesSmaller times the memory of
	// ostrace show. Python loads fewer modules in the newer release.
	timesSmaller int64
	// volumeAPI is the service of Cinder's API in its points.
	volumeAPI string
	// tracings are the ways in which its services can trace to Jaeger.
	tracings []tracing
}

// tracing brings up the cloud with one way of tracing, and checks the spans
// that arrive.
type tracing struct {
	name string
	test func(tracedCloud, *testing.T)
}

var releases = map[string]release{
	"zed": {
		backends: map[string]bool{"eventlet": true}, servers: 4, timesSmaller: 3, volumeAPI: "osapi_volume",
		tracings: []tracing{{"OSProfiler to Jaeger's agent", tracedCloud.osprofilerToAgent}},
	},
	"2026.2": {
		backends: map[string]bool{"eventlet": true, "threading": false}, servers: 6, timesSmaller: 2, volumeAPI: "cinder-api",
		tracings: []tracing{
			{"OSProfiler over OTLP", tracedCloud.osprofilerOverOTLP},
			{"native", tracedCloud.native},
			{"native and OSProfiler", tracedCloud.nativeAndOSProfiler},
			{"auto-instrumentation", tracedCloud.autoInstrumentation},
		},
	},
}

// thisRelease returns the release of the running cloud.
func thisRelease(t *testing.T) release {
	t.Helper()
	name := lookup(parameters, "RELEASE")
	r, ok := releases[name]
	if !ok {
		t.Fatalf("nothing is known of OpenStack %q", name)
	}
	return r
}
