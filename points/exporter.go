package points

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// NewSpanExporter returns an exporter that stores spans as OSProfiler's points,
// as [FromSpan] makes them, so that "osprofiler trace show" and ostrace show a
// Go program's spans above those of the services that it called.
//
// Every span that is sampled is stored. A program that should leave points only
// in traces which OSProfiler follows too has a sampler that says so, or adds the
// exporter only when it is given a key.
func NewSpanExporter(w Writer) sdktrace.SpanExporter { return &spanExporter{w} }

// spanExporter does not close the store, which belongs to the caller.
type spanExporter struct{ writer Writer }

// ExportSpans implements [sdktrace.SpanExporter].
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	notifications := make([]Notification, 0, 2*len(spans))
	for _, span := range spans {
		notifications = append(notifications, FromSpan(span)...)
	}
	return e.writer.Write(ctx, notifications)
}

// Shutdown implements [sdktrace.SpanExporter].
func (*spanExporter) Shutdown(context.Context) error { return nil }
