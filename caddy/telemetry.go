// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/ostrace/ostrace/internal/endpoint"
)

// telemetry holds the providers with which an App records. The App can't use the
// provider of Caddy's directive tracing, which is private.
type telemetry struct {
	tracers *sdktrace.TracerProvider
	meters  *sdkmetric.MeterProvider
}

// attributeLimit is the most characters of an attribute of a span, unless the
// environment has another limit. Callers choose some of these texts, such as the
// path, and can make them so long that a back end refuses all spans that are
// exported at the same time: a gRPC server refuses more than 4 MiB.
const attributeLimit = 512

func newTelemetry(ctx caddy.Context) (*telemetry, error) {
	if exporter := os.Getenv("OTEL_TRACES_EXPORTER"); exporter == "" || exporter == "otlp" {
		if err := endpoint.CheckOTLPEnvironment(); err != nil {
			return nil, err
		}
	}
	res, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("ostrace-gateway")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	metrics, err := prometheus.New(prometheus.WithRegisterer(ctx.GetMetricsRegistry()), prometheus.WithoutTargetInfo(), prometheus.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	spans, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %w", err)
	}
	limits := sdktrace.NewSpanLimits()
	if limits.AttributeValueLengthLimit < 0 {
		limits.AttributeValueLengthLimit = attributeLimit
	}
	opts := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithResource(res), sdktrace.WithRawSpanLimits(limits),
	}
	if !autoexport.IsNoneSpanExporter(spans) {
		opts = append(opts, sdktrace.WithBatcher(spans))
	}
	return &telemetry{
		tracers: sdktrace.NewTracerProvider(opts...),
		meters:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics), sdkmetric.WithResource(res)),
	}, nil
}

// shutdown exports the remaining spans, until ctx ends.
func (t *telemetry) shutdown(ctx context.Context) error {
	return errors.Join(t.tracers.Shutdown(ctx), t.meters.Shutdown(ctx))
}
