// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"errors"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/test/jaeger"
)

// With Python's auto-instrumentation, and its middleware around each
// application, requests between the APIs are in the trace, but neither messages
// nor SQL.
func (c tracedCloud) autoInstrumentation(t *testing.T) {
	useCloud(t, "RELEASE=2026.2", "CONCURRENCY_BACKEND=eventlet", "TRACING=auto")
	r := c.createServer(t)
	novas := is("nova-api", trace.SpanKindServer, "")
	spans := c.settled(t, r.TraceID, func(spans jaeger.Trace) error {
		return errors.Join(
			spans.Tree(),
			sameServices(spans, "createserver", "keystone", "glance", "neutron", "nova-api"),
			answered(spans, "createserver", r, everyService, is("", trace.SpanKindServer, "")),
			inLog(t, spans, r, novas),
			requestsUnderRequests(spans),
		)
	})
	c.draw(t, r.TraceID)
	t.Logf("%d spans: %v", len(spans), spans.Services())
	for _, s := range spans {
		if _, sql := s.Attributes["db.statement"]; sql || s.Scope == "opentelemetry.instrumentation.sqlalchemy" {
			t.Errorf("%s is of SQL", s)
		}
	}
}

// requestsUnderRequests returns an error if a service's answer does not hang
// under the request of another service.
func requestsUnderRequests(spans jaeger.Trace) error {
	for _, s := range spans.Where(is("", trace.SpanKindServer, "")) {
		above := spans.Above(s)
		if len(above) == 0 || above[0].Kind != trace.SpanKindClient || above[0].Service == s.Service {
			return fmt.Errorf("%s hangs under %v", s, above)
		}
	}
	return nil
}
