// SPDX-License-Identifier: Apache-2.0

package scope

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
)

// TracerProvider returns a provider whose only tracer is the scope's, whatever
// name it is asked for: that of provider or, where that is nil, the one that
// TracerOf returns for the span of the context in which a span is started.
func (s *Scope) TracerProvider(provider trace.TracerProvider) trace.TracerProvider {
	if provider == nil {
		return Provider(contextTracer{scope: s})
	}
	return Provider(provider.Tracer(s.name, s.tracer...))
}

// Provider returns a provider whose only tracer is the given one.
func Provider(tracer trace.Tracer) trace.TracerProvider { return tracers{tracer: tracer} }

type tracers struct {
	embedded.TracerProvider
	tracer trace.Tracer
}

func (t tracers) Tracer(string, ...trace.TracerOption) trace.Tracer { return t.tracer }

// contextTracer starts spans of the provider that the context's span has.
type contextTracer struct {
	embedded.Tracer
	scope *Scope
}

func (t contextTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return t.scope.TracerOf(trace.SpanFromContext(ctx)).Start(ctx, name, opts...)
}
