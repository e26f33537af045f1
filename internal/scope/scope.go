// SPDX-License-Identifier: Apache-2.0

// Package scope has the spans and the metrics of an instrumentation carry its
// own instrumentation scope where another library, on which it is built, makes
// them.
package scope

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the instrumentation scope of one instrumentation. It is used as a
// pointer and not changed after New.
type Scope struct {
	tracer []trace.TracerOption
	meter  []metric.MeterOption
	name   string
}

// New returns the scope with a name, which is an import path, and a version.
func New(name, version string) *Scope {
	return &Scope{
		name:   name,
		tracer: []trace.TracerOption{trace.WithInstrumentationVersion(version)},
		meter:  []metric.MeterOption{metric.WithInstrumentationVersion(version)},
	}
}

// TracerOf returns the scope's tracer of the provider from which span comes, or
// of the global one where there is no span, as contrib's otelhttp chooses it.
func (s *Scope) TracerOf(span trace.Span) trace.Tracer {
	if span.SpanContext().IsValid() {
		return span.TracerProvider().Tracer(s.name, s.tracer...)
	}
	return otel.GetTracerProvider().Tracer(s.name, s.tracer...)
}
