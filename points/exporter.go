// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// SpanExporterOption is an option of [NewSpanExporter].
type SpanExporterOption func(*spanExporter)

// WithLiveExporter has points stored with a mark if live has delivered their
// spans, so that who exports the stored trace into the same back end can leave
// them out: see [ExportedKey]. live has to be registered with the same
// TracerProvider, in a batch span processor of its own, and before this exporter,
// as ForceFlush and Shutdown end the processors in the order in which they were
// registered:
//
//	live := points.NewLiveExporter(otlp)
//	provider := sdktrace.NewTracerProvider(
//		sdktrace.WithBatcher(live),
//		sdktrace.WithBatcher(points.NewSpanExporter(w, points.WithLiveExporter(live, 5*time.Second))),
//	)
//
// Spans whose delivery is not known yet are waited for, at most for the time
// wait, and never longer than half the time that the context leaves, so that the
// points can still be stored. What is not known then is stored without the mark.
// After a wait in vain, there is no other one until live delivers or fails again:
// a back end that is silent costs the store one wait, and not one for each batch.
func WithLiveExporter(live *LiveExporter, wait time.Duration) SpanExporterOption {
	return func(e *spanExporter) { e.live, e.wait = live, wait }
}

// NewSpanExporter returns an exporter that stores spans as OSProfiler's points,
// as [NotificationsFromSpan] makes them, so that "osprofiler trace show" and ostrace show a
// Go program's spans above those of the services that it called.
//
// Every span that is sampled is stored. A program that should leave points only
// in traces which OSProfiler follows too has a sampler that says so, or adds the
// exporter only when it is given a key. One that exports its spans to an
// OpenTelemetry back end as well says so by [WithLiveExporter].
func NewSpanExporter(w Writer, opts ...SpanExporterOption) sdktrace.SpanExporter {
	e := &spanExporter{writer: w}
	for _, opt := range opts {
		opt(e)
	}
	return e
}

// spanExporter does not close the store, which belongs to the caller.
type spanExporter struct {
	writer Writer
	live   *LiveExporter // nil without one
	wait   time.Duration
}

// ExportSpans implements [sdktrace.SpanExporter].
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	if e.live != nil {
		spans = e.live.mark(ctx, spans, e.wait)
	}
	notifications := make([]Notification, 0, 2*len(spans))
	for _, span := range spans {
		notifications = append(notifications, NotificationsFromSpan(span)...)
	}
	return e.writer.Write(ctx, notifications)
}

// Shutdown implements [sdktrace.SpanExporter].
func (*spanExporter) Shutdown(context.Context) error { return nil }
