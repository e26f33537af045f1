// SPDX-License-Identifier: Apache-2.0

// Package scope gives the spans and metrics of an instrumentation its own
// instrumentation scope, although another library makes them on which it is
// built.
package scope

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the instrumentation scope of one instrumentation. It is used by its
// pointer, and does not change after New.
type Scope struct {
	tracer []trace.TracerOption
	meter  []metric.MeterOption
	name   string
}

// New returns a scope. Its name is an import path.
func New(name, version string) *Scope {
	return &Scope{
		name:   name,
		tracer: []trace.TracerOption{trace.WithInstrumentationVersion(version)},
		meter:  []metric.MeterOption{metric.WithInstrumentationVersion(version)},
	}
}

// TracerOf returns the scope's tracer. It takes the tracer from span's
// provider, or from the global provider where there is no span, as contrib's
// otelhttp does.
func (s *Scope) TracerOf(span trace.Span) trace.Tracer {
	if span.SpanContext().IsValid() {
		return span.TracerProvider().Tracer(s.name, s.tracer...)
	}
	return otel.GetTracerProvider().Tracer(s.name, s.tracer...)
}
