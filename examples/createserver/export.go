// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/internal/endpoint"
)

// newExporter returns the exporter that the environment asks for, or nil.
// OpenTelemetry's default is a back end on this machine. This program exports
// to it only if an endpoint is set.
func newExporter(ctx context.Context, stderr io.Writer) (sdktrace.SpanExporter, error) {
	name := os.Getenv("OTEL_TRACES_EXPORTER")
	switch name {
	case "none":
		return nil, nil
	case "":
		if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
			return nil, nil
		}
	case "otlp":
	case "console":
		// Standard output is for the program's own report.
		return stdouttrace.New(stdouttrace.WithWriter(stderr))
	default:
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER must be otlp, console or none, not %q", name)
	}
	if err := endpoint.CheckOTLPEnvironment(); err != nil {
		return nil, err
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("the OTEL_EXPORTER_OTLP_ variables can't be used: %w", err)
	}
	return exporter, nil
}

// delivery is a span exporter that keeps its first error, which the program
// prints at its end.
type delivery struct {
	sdktrace.SpanExporter
	complaint string
	processor sdktrace.SpanProcessor

	mu      sync.Mutex
	failure error
}

func (d *delivery) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	d.keep(d.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

func (d *delivery) keep(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = cmp.Or(d.failure, err)
}

func (d *delivery) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failure
}
