// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// exportTimeout bounds how long ostrace waits at the end for a back end and a store.
// It is a variable for the tests.
var exportTimeout = 5 * time.Second

// maxRecorded bounds the spans that are kept for the drawing.
const maxRecorded = 20_000

// execTelemetry keeps the spans of a run for the drawing, and delivers them.
type execTelemetry struct {
	provider   *sdktrace.TracerProvider
	recorder   *recorder
	store      points.Store // nil if there is none
	deliveries []*delivery
	handler    *heldErrors
}

// newTelemetry returns the provider and the exporters that record the spans. name
// is the service's name on the spans, which is the name of the program.
func (e *execution) newTelemetry(ctx context.Context, name string) (*execTelemetry, error) {
	t := &execTelemetry{recorder: &recorder{}, handler: &heldErrors{}}
	otel.SetErrorHandler(t.handler)
	opts := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // --sample has chosen the run already
		sdktrace.WithSpanProcessor(t.recorder),
	}
	exporter, err := e.newExporter(ctx)
	if err != nil {
		return nil, err
	}
	var live *points.LiveExporter
	if exporter != nil {
		live = points.NewLiveExporter(exporter)
		opts = append(opts, t.deliver("spans could not be delivered", live))
	}
	if t.store, err = e.openPoints(); err != nil {
		return nil, err
	}
	if writer, ok := t.store.(points.Writer); ok {
		var storeOpts []points.SpanExporterOption
		if live != nil {
			storeOpts = append(storeOpts, points.WithLiveExporter(live, exportTimeout/2))
		}
		opts = append(opts, t.deliver("points could not be stored", points.NewSpanExporter(writer, storeOpts...)))
	}
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", name)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	t.provider = sdktrace.NewTracerProvider(append(opts, sdktrace.WithResource(described))...)
	return t, nil
}

// newExporter returns the exporter for the back end that the command line or the
// environment names, or nil.
func (e *execution) newExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	named := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	if e.endpoint == "" && (named == "" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true")) {
		return nil, nil
	}
	client, err := (&export{endpoint: e.endpoint, flag: "--otlp-endpoint"}).client()
	if err != nil {
		return nil, err
	}
	return otlptrace.New(ctx, client)
}

// openPoints opens the store of the services' points. It returns nil if no store is
// named, or if there is no key, so that no request is signed.
func (e *execution) openPoints() (points.Store, error) {
	if e.connectionString != "" && !e.profile.Given() {
		return nil, errors.New("--connection-string needs a key: give --os-profile or --os-profile-file too")
	}
	connectionString := cmp.Or(e.connectionString, os.Getenv(connectionStringVariable))
	if connectionString == "" || !e.profile.Given() {
		return nil, nil
	}
	return store.Open(connectionString)
}

// deliver returns the option that adds an exporter. complaint begins the message to
// the user if the exporter fails.
func (t *execTelemetry) deliver(complaint string, exporter sdktrace.SpanExporter) sdktrace.TracerProviderOption {
	d := &delivery{SpanExporter: exporter, complaint: complaint}
	t.deliveries = append(t.deliveries, d)
	return sdktrace.WithBatcher(d)
}

// flush delivers the spans that have ended.
func (t *execTelemetry) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	if err := t.provider.ForceFlush(ctx); errors.Is(err, context.DeadlineExceeded) {
		t.handler.Handle(fmt.Errorf("there was no answer for %s", exportTimeout))
	}
}

// problems returns the messages to the user about failed deliveries.
func (t *execTelemetry) problems() []string {
	var all []string
	for _, d := range t.deliveries {
		if failure := d.failed(); failure != nil {
			all = append(all, d.complaint+": "+failure.Error())
		}
	}
	return append(all, t.handler.texts()...)
}

func (t *execTelemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // problems has reported failures already
	if t.store != nil {
		_ = t.store.Close()
	}
}

// recorder is a span processor that keeps the spans that ended.
type recorder struct {
	mu    sync.Mutex
	ended []sdktrace.ReadOnlySpan
	left  int // the number of spans that were not kept
}

func (r *recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (r *recorder) OnEnd(span sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The command's own span is always kept.
	if len(r.ended) >= maxRecorded && span.SpanKind() == trace.SpanKindClient {
		r.left++
		return
	}
	r.ended = append(r.ended, span)
}

// spans returns the spans, and how many more there were.
func (r *recorder) spans() (ended []sdktrace.ReadOnlySpan, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ended), r.left
}

func (r *recorder) ForceFlush(context.Context) error { return nil }
func (r *recorder) Shutdown(context.Context) error   { return nil }

// delivery is a span exporter. It keeps its first error until the end of the run.
type delivery struct {
	sdktrace.SpanExporter
	complaint string

	mu      sync.Mutex
	failure error
}

func (d *delivery) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := d.SpanExporter.ExportSpans(ctx, spans)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = cmp.Or(d.failure, err)
	return nil
}

func (d *delivery) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failure
}

// heldErrors keeps OpenTelemetry's errors until the program has ended, because
// standard error belongs to the program.
type heldErrors struct {
	mu   sync.Mutex
	held []string
}

const maxHeldErrors = 10

func (h *heldErrors) Handle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.held) < maxHeldErrors {
		h.held = append(h.held, "OpenTelemetry: "+err.Error())
	}
}

func (h *heldErrors) texts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.held...)
}
