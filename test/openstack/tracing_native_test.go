// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"errors"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/test/jaeger"
)

// nativeServices are the services that trace natively and work on a new server.
var nativeServices = []string{"glance", "neutron", "nova-api", "nova-conductor", "nova-scheduler", "nova-compute"}

var (
	anAnswer    = is("", trace.SpanKindServer, "^HTTP ")
	novasAnswer = is("nova-api", trace.SpanKindServer, "^HTTP ")
	aMessage    = is("", trace.SpanKindProducer, "")
)

// With the services' own OpenTelemetry, without OSProfiler and its key,
// traceparent is enough.
func (c tracedCloud) native(t *testing.T) {
	useCloud(t, "RELEASE=2026.2", "CONCURRENCY_BACKEND=threading", "TRACING=native")
	r := c.createServer(t)
	spans := c.settled(t, r.TraceID, func(spans jaeger.Trace) error { return nativeTree(t, spans, r) })
	c.draw(t, r.TraceID)
	t.Logf("%d spans: %v", len(spans), spans.Services())
	if stored := points(t, r.BaseID); len(stored) > 0 {
		t.Errorf("OSProfiler has %d points of it", len(stored))
	}
}

// allButKeystone reports whether a request goes to a service with a paste file,
// in which tracing is switched on.
func allButKeystone(s span) bool { return s.Attributes["openstack.service.type"] != "identity" }

// nativeTree returns an error if native spans of a new server are missing, or
// the spans are not one tree.
func nativeTree(t *testing.T, spans jaeger.Trace, r report) error {
	native := spans.Where(func(s jaeger.Span) bool { return s.Service != "createserver" })
	received := map[string]bool{}
	for _, s := range native.Where(is("", trace.SpanKindConsumer, " receive$")) {
		received[s.ParentSpanID] = true
	}
	for _, s := range native.Where(aMessage) {
		if !received[s.SpanID] {
			return fmt.Errorf("nobody received the message of %s", s)
		}
	}
	return errors.Join(
		spans.Tree(),
		sameServices(spans, append([]string{"createserver"}, nativeServices...)...),
		answered(spans, "createserver", r, allButKeystone, anAnswer),
		inLog(t, spans, r, novasAnswer),
	)
}

// With both at once the native spans are live, and an export adds the points
// that OSProfiler has stored.
func (c tracedCloud) nativeAndOSProfiler(t *testing.T) {
	useCloud(t, "RELEASE=2026.2", "CONCURRENCY_BACKEND=eventlet", "TRACING=native+redis")
	r := c.createServer(t, "--os-profile", "SECRET_KEY")
	var stored []point
	live := c.settled(t, r.TraceID, func(spans jaeger.Trace) error {
		stored = points(t, r.BaseID)
		return errors.Join(nativeTree(t, spans, r), whole(stored, sentParents(r)), everyRequestArrived(stored, r))
	})
	c.export(t, r)
	both := c.settled(t, r.TraceID, func(spans jaeger.Trace) error {
		return errors.Join(spans.Tree(), answered(spans, "createserver", r, allButKeystone, anAnswer), answered(spans, "createserver", r, everyService, is("", trace.SpanKindServer, "^WSGI_")))
	})
	if len(both) != len(live)+len(stored) {
		t.Errorf("%d spans live and %d points are %d spans together", len(live), len(stored), len(both))
	}
	c.draw(t, r.TraceID)
	t.Logf("%d native spans and the program's, %d points: %v", len(live), len(stored), both.Services())
}
