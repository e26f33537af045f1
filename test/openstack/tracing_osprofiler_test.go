// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"errors"
	"maps"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/test/jaeger"
)

// OSProfiler's points are live spans below the program's. Placement can't use
// this driver, so its points are in Redis. The spans of Keystone's work for it
// lack their parents until ostrace has exported Placement's points.
func (c tracedCloud) osprofilerOverOTLP(t *testing.T) {
	useCloud(t, "RELEASE=2026.2", "CONCURRENCY_BACKEND=eventlet", "TRACING=otlp")
	r := c.createServer(t, "--os-profile", "SECRET_KEY")
	live := c.settled(t, r.TraceID, func(spans jaeger.Trace) error {
		return errors.Join(
			spans.TreeBeside(placementSpans(t, r)),
			sameServices(spans, "createserver", "keystone-public", "glance-api", "neutron-neutron-server",
				"nova-osapi_compute", "nova-nova-conductor", "nova-nova-scheduler", "nova-nova-compute"),
			answered(spans, "createserver", r, everyService, is("", trace.SpanKindServer, "^WSGI_")),
			inLog(t, spans, r, is("nova-osapi_compute", trace.SpanKindServer, "^WSGI_")),
		)
	})
	stored := points(t, r.BaseID)
	c.export(t, r)
	whole := c.settled(t, r.TraceID, jaeger.Trace.Tree)
	if n := whole.Services()["placement-placement"]; n != len(stored) || len(whole) != len(live)+n {
		t.Errorf("%d spans live, %d of Placement, %d together; Redis has %d points", len(live), n, len(whole), len(stored))
	}
	c.draw(t, r.TraceID)
	t.Logf("%d spans live, %d of them without their parent, %d points of Placement: %v", len(live), len(live.Lost()), len(stored), live.Services())
	t.Run("doctor", c.doctor)
}

// ostrace doctor finds the services' spans in Jaeger, and Placement's points in Redis.
// If it looks at Jaeger alone, it says that Placement's points are elsewhere. It finds a
// service that has another key.
func (c tracedCloud) doctor(t *testing.T) {
	inJaeger := []string{"--query-endpoint", "http://" + c.Query}
	lines := map[string]string{}
	for _, service := range []string{"keystone", "glance", "neutron", "placement", "nova", "cinder"} {
		lines[service] = service + " 200 yes sha1 - - - no yes ok"
	}
	breakage{lines: lines}.check(t, append(inJaeger, "--connection-string", redisURL)...)

	broken := breakage{
		edits: []edit{{"glance/glance-api.conf", "hmac_keys = SECRET_KEY", "hmac_keys = OTHER"}},
		lines: maps.Clone(lines), findings: []string{"not-traced glance", "stored-elsewhere placement"},
	}
	broken.lines["glance"] = "glance 200 no - - - - no yes -"
	broken.lines["placement"] = "placement 200 yes sha1 - - - no yes -"
	defer broken.edit(t)()
	restart(t, "glance")
	broken.check(t, inJaeger...)
}

// placementSpans returns the span ids of the points in Redis, which are all
// Placement's.
func placementSpans(t *testing.T, r report) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, p := range points(t, r.BaseID) {
		id, ok := propagation.SpanID(p.TraceID)
		if p.Project != "placement" || !ok {
			t.Fatalf("point %s of %s is in Redis", p.TraceID, p.Project)
		}
		ids[id.String()] = true
	}
	return ids
}
