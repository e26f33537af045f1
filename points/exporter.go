// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// SpanExporterOption is an option of [NewSpanExporter].
type SpanExporterOption func(*spanExporter)

// WithLiveExporter marks those stored points whose spans live has delivered to
// a back end, so that an export of the stored trace to the same back end can
// leave them out: see [ExportedKey]. live has to be registered with the same
// TracerProvider, in a batch span processor of its own, and before this
// exporter, because ForceFlush and Shutdown end the processors in the order in
// which they were registered:
//
//	live := points.NewLiveExporter(otlp)
//	provider := sdktrace.NewTracerProvider(
//		sdktrace.WithBatcher(live),
//		sdktrace.WithBatcher(points.NewSpanExporter(w, points.WithLiveExporter(live, 5*time.Second))),
//	)
//
// Where it is not known yet whether a span was delivered, the exporter waits.
// It waits at most for the time wait, and never longer than half the time that
// the context leaves, so that the points can still be stored. Spans about which
// nothing is known then are stored without the mark. After a wait in vain, the
// exporter does not wait again until live delivers or fails again, so that a
// silent back end delays the store once, and not once for each batch.
func WithLiveExporter(live *LiveExporter, wait time.Duration) SpanExporterOption {
	return func(e *spanExporter) { e.live, e.wait = live, wait }
}

// NewSpanExporter returns an exporter that stores spans as OSProfiler's points,
// which it makes with [NotificationsFromSpan]. So "osprofiler trace show" and
// ostrace show a Go program's spans above those of the services that it called.
//
// Every sampled span is stored. A program that should store points only in
// traces which OSProfiler follows too needs a sampler for that, or adds the
// exporter only when it is given a key. A program that exports its spans to an
// OpenTelemetry back end as well uses [WithLiveExporter].
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
