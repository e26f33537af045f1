// SPDX-License-Identifier: Apache-2.0

package scope

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
)

// TracerProvider returns a provider that has only the scope's tracer, whatever
// name it is asked for. The tracer comes from provider. Where that is nil, each
// span is started by the tracer that TracerOf returns for the span of its
// context.
func (s *Scope) TracerProvider(provider trace.TracerProvider) trace.TracerProvider {
	if provider == nil {
		return Provider(contextTracer{scope: s})
	}
	return Provider(provider.Tracer(s.name, s.tracer...))
}

// Provider returns a provider that has only the given tracer.
func Provider(tracer trace.Tracer) trace.TracerProvider { return tracers{tracer: tracer} }

type tracers struct {
	embedded.TracerProvider
	tracer trace.Tracer
}

func (t tracers) Tracer(string, ...trace.TracerOption) trace.Tracer { return t.tracer }

// contextTracer starts spans with the provider of the context's span.
type contextTracer struct {
	embedded.Tracer
	scope *Scope
}

func (t contextTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return t.scope.TracerOf(trace.SpanFromContext(ctx)).Start(ctx, name, opts...)
}
