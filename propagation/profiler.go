// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/requestid"
	"github.com/ostrace/ostrace/internal/uuid"
)

// Profiler is what a context carries of OSProfiler, as the object of the same
// name does in osprofiler.profiler: the key to sign with, and the ids that came
// in or that a program without an OpenTelemetry SDK made.
type Profiler struct {
	// Key is the key that verified what came in, with the digest that it came
	// in with, and that signs what goes out.
	Key hmac.Key
	// Trace has the ids as they came in. Its BaseID is empty where none came
	// in.
	Trace hmac.TraceInfo
	// LinkedSpanContext is the span that a traceparent named beside a valid
	// signature for another trace. It is not the parent of the spans that
	// follow: a service's span has a link to it (trace.Link).
	LinkedSpanContext trace.SpanContext

	// parent is the span that stands for Trace in OpenTelemetry. It has no
	// TraceID where Trace is empty or its BaseID is not a UUID, and no SpanID
	// where Trace has no parent, or one whose id can't be read.
	parent trace.SpanContext
}

type profilerKey struct{}

// ContextWithProfiler returns a context in which p signs what goes out.
//
// With p.Trace empty, p.Key signs for the context's span. With p.Trace given,
// requests without a span carry the very ids of p.Trace.
func ContextWithProfiler(ctx context.Context, p Profiler) context.Context {
	if parent, ok := bridge(p.Trace); !ok || p.parent.TraceID() != parent.TraceID() {
		p.parent = parent
	}
	return context.WithValue(ctx, profilerKey{}, &p)
}

// ProfilerFromContext returns what the context carries of OSProfiler: the zero
// Profiler, if nothing.
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

// bridge returns the span that stands for t in OpenTelemetry: remote, and
// sampled, because it was signed. It has no SpanID where t is a root, or has a
// ParentID that can't be read. It reports false where there is no trace.
func bridge(t hmac.TraceInfo) (trace.SpanContext, bool) {
	traceID, ok := TraceID(t.BaseID)
	if !ok {
		return trace.SpanContext{}, false
	}
	spanID, _ := SpanID(t.ParentID)
	// Of a root's parent_id these are the last half of the trace id.
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

// GlobalRequestID returns the id under which OpenStack's services log what
// belongs to the context, for the header X-Openstack-Request-Id
// (oslo.middleware, request_id): the one that came in
// ([ContextWithGlobalRequestID]), or else req-<base_id> of the context's trace.
// It is empty where the context has neither, or a base_id that is not a UUID:
// services drop everything else.
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
