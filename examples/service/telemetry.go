// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/internal/endpoint"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/sdk"
	"github.com/ostrace/ostrace/waterfall"
)

// telemetry has the parts of the OpenTelemetry SDK that the service sets up.
type telemetry struct {
	provider *sdktrace.TracerProvider
	cloud    sdktrace.SpanProcessor // for the spans of a simulated cloud
}

// newTelemetry exports the spans if the environment asks for that, and draws
// them otherwise.
func newTelemetry(ctx context.Context, stderr io.Writer) (*telemetry, error) {
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "registry")),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	var own, cloud sdktrace.SpanProcessor
	if exportsSpans() {
		if err := endpoint.CheckOTLPEnvironment(); err != nil {
			return nil, err
		}
		exporter, err := autoexport.NewSpanExporter(ctx)
		if err != nil {
			return nil, err
		}
		own = sdktrace.NewBatchSpanProcessor(exporter)
		cloud = borrowed{own}
	} else {
		kept := &traces{spans: map[trace.TraceID][]sdktrace.ReadOnlySpan{}}
		own, cloud = drawing{kept, stderr}, kept
	}
	return &telemetry{cloud: cloud, provider: sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())),
		sdktrace.WithSpanProcessor(own),
	)}, nil
}

// exportsSpans reports whether the environment asks for a back end. Without any
// of these variables OpenTelemetry's default would be a back end on this
// machine.
func exportsSpans() bool {
	for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// borrowed is a span processor that its borrower can't shut down.
type borrowed struct{ sdktrace.SpanProcessor }

func (borrowed) Shutdown(context.Context) error { return nil }

// traces is a span processor that keeps the ended spans.
type traces struct {
	mu    sync.Mutex
	spans map[trace.TraceID][]sdktrace.ReadOnlySpan
}

func (t *traces) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (t *traces) OnEnd(span sdktrace.ReadOnlySpan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := span.SpanContext().TraceID()
	t.spans[id] = append(t.spans[id], span)
}

func (t *traces) ForceFlush(context.Context) error { return nil }
func (t *traces) Shutdown(context.Context) error   { return nil }

// drawing is the service's own span processor. When the service's request ends,
// it draws the trace and forgets it.
type drawing struct {
	*traces
	w io.Writer
}

func (d drawing) OnEnd(span sdktrace.ReadOnlySpan) {
	d.traces.OnEnd(span)
	if span.SpanKind() != trace.SpanKindServer {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id := span.SpanContext().TraceID()
	var picture bytes.Buffer
	opts := waterfall.Options{Labels: waterfall.Labels{Detail: points.FunctionName, Kind: points.PointName, RequestID: points.RequestID}}
	_ = waterfall.Draw(&picture, d.spans[id], opts) // writing to a Buffer never fails
	_, _ = picture.WriteTo(d.w)
	delete(d.spans, id)
}
