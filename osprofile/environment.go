// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// outer reads W3C's two formats. It is not the global propagator, so that a
// command joins a trace even if the program sets up nothing.
var outer = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// joinOuter returns a context with the trace that the environment names, unless
// ctx is in a trace.
func joinOuter(ctx context.Context) context.Context {
	if trace.SpanContextFromContext(ctx).HasTraceID() {
		return ctx
	}
	return outer.Extract(ctx, propagation.MapCarrier{
		"traceparent": os.Getenv("TRACEPARENT"),
		"tracestate":  os.Getenv("TRACESTATE"),
		"baggage":     os.Getenv("BAGGAGE"),
	})
}

// sampleParent returns a context whose remote parent is sampled. The holder of
// a key may switch tracing on, whatever the outer trace decided.
func sampleParent(ctx context.Context) context.Context {
	parent := trace.SpanContextFromContext(ctx)
	if !parent.IsRemote() || parent.IsSampled() {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, parent.WithTraceFlags(parent.TraceFlags().WithSampled(true)))
}
