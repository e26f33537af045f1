// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/points"
)

// exportTimeout limits the time for which the program waits for a back end at
// its end. It is a variable for the tests.
var exportTimeout = 5 * time.Second

// telemetry keeps the spans of the run for the drawing, and exports them where
// the environment asks for that.
type telemetry struct {
	processors []sdktrace.SpanProcessor
	recorder   *recorder
	deliveries []*delivery
	stop       func(context.Context) error // nil without an SDK
	stderr     io.Writer
}

// newTelemetry sets up OpenTelemetry by its environment variables. s is nil
// where no store is named.
func newTelemetry(ctx context.Context, stderr io.Writer, s points.Store) (*telemetry, error) {
	t := &telemetry{recorder: &recorder{}, stderr: stderr}
	t.processors = append(t.processors, t.recorder)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		fmt.Fprintf(stderr, "createserver: OpenTelemetry: %s\n", oneLine(err.Error()))
	}))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") { // the SDK leaves this variable to programs
		otel.SetTracerProvider(noop.NewTracerProvider())
		return t, nil
	}

	exporter, err := newExporter(ctx, stderr)
	if err != nil {
		return nil, err
	}
	var live *points.LiveExporter
	switch exporter.(type) {
	case nil:
	case *stdouttrace.Exporter: // this is not a back end
		t.deliver("spans could not be delivered", exporter)
	default:
		live = points.NewLiveExporter(exporter)
		t.deliver("spans could not be delivered", live)
	}
	t.storeSpans(s, live)
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "createserver")),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) { // the SDK itself reports this one
		return nil, err
	}
	opts := []sdktrace.TracerProviderOption{sdktrace.WithResource(described)}
	for _, processor := range t.processors {
		opts = append(opts, sdktrace.WithSpanProcessor(processor))
	}
	provider := sdktrace.NewTracerProvider(opts...)
	otel.SetTracerProvider(provider)
	t.stop = provider.Shutdown
	return t, nil
}

// shutdown delivers the remaining spans, and says so if spans could not be
// delivered. The exit status does not depend on that, because the work is done.
func (t *telemetry) shutdown() {
	if t.stop == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	t.eachDelivery(func(d *delivery) {
		err := d.processor.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer for %s", exportTimeout)
		}
		d.keep(err)
	})
	_ = t.stop(ctx) // only the recorder is not shut down yet
	for _, d := range t.deliveries {
		if failure := d.failed(); failure != nil {
			fmt.Fprintf(t.stderr, "createserver: %s: %s\n", d.complaint, oneLine(failure.Error()))
		}
	}
}

// eachDelivery calls work for all deliveries at once, so that none takes the
// time of another.
func (t *telemetry) eachDelivery(work func(*delivery)) {
	var all sync.WaitGroup
	for _, d := range t.deliveries {
		all.Go(func() { work(d) })
	}
	all.Wait()
}

// deliver adds an exporter. complaint begins the message that is printed if it
// fails.
func (t *telemetry) deliver(complaint string, exporter sdktrace.SpanExporter) {
	d := &delivery{SpanExporter: exporter, complaint: complaint}
	d.processor = sdktrace.NewBatchSpanProcessor(d)
	t.deliveries = append(t.deliveries, d)
	t.processors = append(t.processors, d.processor)
}
