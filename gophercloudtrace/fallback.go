// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// fallback has the trace, the key and the baggage that a context without a
// trace takes from another context.
type fallback struct {
	span     trace.Span
	profiler propagation.Profiler
	baggage  baggage.Baggage
	empty    bool
}

func newFallback(ctx context.Context) fallback {
	f := fallback{
		span:     trace.SpanFromContext(ctx),
		profiler: propagation.ProfilerFromContext(ctx),
		baggage:  baggage.FromContext(ctx),
	}
	f.empty = !f.span.SpanContext().HasTraceID() && f.profiler.Trace.BaseID == "" && f.baggage.Len() == 0
	return f
}

// join returns ctx with the fallback's values, or ctx itself if it has a trace
// of its own.
func (f fallback) join(ctx context.Context) context.Context {
	if f.empty || trace.SpanContextFromContext(ctx).HasTraceID() {
		return ctx
	}
	own := propagation.ProfilerFromContext(ctx)
	if own.Trace.BaseID != "" {
		return ctx
	}
	if f.span.SpanContext().HasTraceID() {
		ctx = trace.ContextWithSpan(ctx, f.span)
	}
	joined := f.profiler
	if !own.Key.IsZero() {
		joined.Key = own.Key
	}
	if !joined.Key.IsZero() || joined.Trace.BaseID != "" {
		ctx = propagation.ContextWithProfiler(ctx, joined)
	}
	if baggage.FromContext(ctx).Len() == 0 && f.baggage.Len() > 0 {
		ctx = baggage.ContextWithBaggage(ctx, f.baggage)
	}
	return ctx
}
