// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"

	"github.com/gophercloud/gophercloud/v2"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
)

// mode is one way to run the scenario.
type mode struct {
	name    string
	key     hmac.Key
	tracers *sdktrace.TracerProvider // nil where nothing is traced
}

type modes []mode

// The others are compared with the first one.
const (
	modeNone       = "none"
	modeW3C        = "w3c"
	modeUnknownKey = "unknown-key"
	modeTraced     = "traced"
)

// newModes returns the four modes. key is the key of the cloud.
func newModes(key hmac.Key) (modes, error) {
	unknown, err := hmac.NewKey(rand.Text())
	if err != nil {
		return nil, err
	}
	return modes{
		{name: modeNone},
		{name: modeW3C, tracers: newTracers()},
		{name: modeUnknownKey, tracers: newTracers(), key: unknown},
		{name: modeTraced, tracers: newTracers(), key: key},
	}, nil
}

// newTracers sets up OpenTelemetry like a program that sends all its spans to a
// back end, but sends nothing.
func newTracers() *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(discard{})))
}

// instrument instruments the provider for the mode. ctx is the context of the
// scenario.
func (m mode) instrument(ctx context.Context, provider *gophercloud.ProviderClient) {
	if m.tracers == nil {
		return
	}
	gophercloudtrace.Instrument(provider,
		gophercloudtrace.WithContext(ctx),
		gophercloudtrace.WithTracerProvider(m.tracers),
		gophercloudtrace.WithPropagators(otelpropagation.NewCompositeTextMapPropagator(otelpropagation.TraceContext{}, otelpropagation.Baggage{})),
		gophercloudtrace.WithHMACKeys(m.key), // it ignores the zero Key
	)
}

// start begins the scenario's trace, if the mode has one.
func (m mode) start(ctx context.Context) (_ context.Context, end func()) {
	if m.tracers == nil {
		return ctx, func() {}
	}
	ctx, span := m.tracers.Tracer("github.com/ostrace/ostrace/examples/perftest").Start(ctx, "perftest")
	return ctx, func() { span.End() }
}

func (m modes) names() []string {
	var names []string
	for _, mode := range m {
		names = append(names, mode.name)
	}
	return names
}

func (m modes) shutdown() {
	for _, mode := range m {
		if mode.tracers != nil {
			_ = mode.tracers.Shutdown(context.Background()) // nothing in it can fail
		}
	}
}

// discard is an exporter, and a span processor, that keeps nothing.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan)            {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                                {}
func (discard) ForceFlush(context.Context) error                           { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }
