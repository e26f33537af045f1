package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// exportTimeout bounds how long the program waits for a back end in the end.
const exportTimeout = 5 * time.Second

// telemetry keeps the spans of the run for the drawing, and exports them where
// the environment asks for that.
type telemetry struct {
	provider   *sdktrace.TracerProvider
	processors []sdktrace.SpanProcessor
	recorder   *recorder

	mu      sync.Mutex
	failure error
}

func newTelemetry(ctx context.Context) (*telemetry, error) {
	t := &telemetry{recorder: &recorder{}}
	t.processors = append(t.processors, t.recorder)
	if exportsSpans() {
		exporter, err := autoexport.NewSpanExporter(ctx)
		if err != nil {
			return nil, err
		}
		t.processors = append(t.processors, sdktrace.NewBatchSpanProcessor(exporter))
	}
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "createserver")),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	opts := []sdktrace.TracerProviderOption{sdktrace.WithResource(described)}
	for _, processor := range t.processors {
		opts = append(opts, sdktrace.WithSpanProcessor(processor))
	}
	t.provider = sdktrace.NewTracerProvider(opts...)
	return t, nil
}

// exportsSpans reports whether the environment asks for a back end. Without any
// of these variables OpenTelemetry's default would be one on this machine.
func exportsSpans() bool {
	for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// failed takes what OpenTelemetry reports, of which the first is told in the
// end.
func (t *telemetry) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure == nil {
		t.failure = err
	}
}

// shutdown delivers what is left, and returns what went wrong with that.
func (t *telemetry) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.failed(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failure
}

// recorder is a span processor that keeps the spans that ended.
type recorder struct {
	mu    sync.Mutex
	ended []sdktrace.ReadOnlySpan
}

func (r *recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (r *recorder) OnEnd(span sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, span)
}

func (r *recorder) ForceFlush(context.Context) error { return nil }
func (r *recorder) Shutdown(context.Context) error   { return nil }

func (r *recorder) spans() []sdktrace.ReadOnlySpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]sdktrace.ReadOnlySpan(nil), r.ended...)
}

// borrowed is a span processor that whoever borrows it can't shut down.
type borrowed struct{ sdktrace.SpanProcessor }

func (b borrowed) Shutdown(ctx context.Context) error { return b.ForceFlush(ctx) }
