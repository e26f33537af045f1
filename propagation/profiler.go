// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/requestid"
	"github.com/ostrace/ostrace/internal/uuid"
)

// Profiler has the data of OSProfiler that a context carries, like the object
// of the same name in osprofiler.profiler. They are the key to sign with, and
// the ids that came in or that a program without an OpenTelemetry SDK made.
type Profiler struct {
	// Key signs outgoing requests. Where signed headers came in, it is the key
	// that verified them, with their digest.
	Key hmac.Key
	// Trace has the ids that came in, unchanged. Its BaseID is empty where no
	// ids came in.
	Trace hmac.TraceInfo
	// LinkedSpanContext is the span that a traceparent named beside a valid
	// signature for another trace. It is not the parent of the spans that
	// follow: a service's span has a link to it (trace.Link).
	LinkedSpanContext trace.SpanContext

	// parent is the span that Trace means in OpenTelemetry. It has no TraceID
	// where Trace is empty or its BaseID is not a UUID. It has no SpanID where
	// Trace has no parent, or has a ParentID that can't be read.
	parent trace.SpanContext
}

type profilerKey struct{}

// profilerContext is a context that carries a Profiler.
type profilerContext struct {
	context.Context
	profiler Profiler
}

func (c *profilerContext) Value(key any) any {
	if key == (profilerKey{}) {
		return &c.profiler
	}
	return c.Context.Value(key)
}

// ContextWithProfiler returns a context whose requests are signed with p.Key.
//
// A request in a span carries the ids of that span. A request without a span
// carries the ids of p.Trace, or is not signed where p.Trace is empty.
func ContextWithProfiler(ctx context.Context, p Profiler) context.Context {
	if parent, _ := bridge(p.Trace); p.parent.TraceID() != parent.TraceID() {
		p.parent = parent
	}
	return &profilerContext{ctx, p}
}

// ProfilerFromContext returns the Profiler that the context carries, or the
// zero Profiler where it carries none.
func ProfilerFromContext(ctx context.Context) Profiler {
	if p := profilerFromContext(ctx); p != nil {
		return *p
	}
	return Profiler{}
}

func profilerFromContext(ctx context.Context) *Profiler {
	p, _ := ctx.Value(profilerKey{}).(*Profiler)
	return p
}

// bridge returns the span that t means in OpenTelemetry. It is remote, and
// sampled, because t was signed. It has no SpanID where t is a root, or has a
// ParentID that can't be read. bridge reports false where t does not name a
// trace.
func bridge(t hmac.TraceInfo) (trace.SpanContext, bool) {
	traceID, ok := TraceID(t.BaseID)
	if !ok {
		return trace.SpanContext{}, false
	}
	spanID, _ := SpanID(t.ParentID)
	// The last half of a root's parent_id is the last half of the trace id.
	if spanID == trace.SpanID(traceID[8:]) && IsRoot(t.BaseID, t.ParentID) {
		spanID = trace.SpanID{}
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    traceID,
		SpanID:     spanID,
		TraceFlags: trace.FlagsSampled,
		Remote:     true,
	}), true
}

// GlobalRequestID returns the id for the header X-Openstack-Request-Id, under
// which OpenStack's services log the requests of the context (oslo.middleware,
// request_id). It is the global request id that came in
// ([ContextWithGlobalRequestID]), or else req-<base_id> of the context's trace.
// It is empty where the context has neither, and where base_id is not a UUID,
// because services drop any other id.
func GlobalRequestID(ctx context.Context) string {
	if id := IncomingGlobalRequestID(ctx); id != "" {
		return id
	}
	id := trace.SpanContextFromContext(ctx).TraceID()
	if !id.IsValid() {
		p := profilerFromContext(ctx)
		if p == nil {
			return ""
		}
		if id = p.parent.TraceID(); !id.IsValid() {
			return ""
		}
	}
	return requestid.Of(uuid.UUID(id))
}
