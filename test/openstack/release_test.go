// SPDX-License-Identifier: Apache-2.0

package openstack_test

import "testing"

// release is what differs between the clouds that the tests run on.
type release struct {
	// backends are the values of CONCURRENCY_BACKEND, and whether traces are whole
	// with them.
	backends map[string]bool
	// servers in one trace have more than manyPoints points.
	servers int
	// ostrace show takes at most one part in timesSmaller of the memory that
	// osprofiler trace show takes: Python's modules have become fewer.
	timesSmaller int64
	// volumeAPI is the service of Cinder's API, as its points name it.
	volumeAPI string
	// tracings are the ways in which its services can trace to Jaeger.
	tracings []tracing
}

// tracing brings the cloud up to trace in one way, and checks what arrives.
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

// thisRelease is that of the cloud which is up.
func thisRelease(t *testing.T) release {
	t.Helper()
	name := lookup(parameters, "RELEASE")
	r, ok := releases[name]
	if !ok {
		t.Fatalf("nothing is known of OpenStack %q", name)
	}
	return r
}
