// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/internal/endpoint"
	"github.com/ostrace/ostrace/points"
)

const (
	protocolHTTP = "http/protobuf"
	protocolGRPC = "grpc"

	// batchSize keeps a request below the 4 MiB that gRPC servers accept, also
	// with SQL statements of several kilobytes.
	batchSize = 200
)

// defaultEndpoints are those that OpenTelemetry specifies. The exporters' own
// default is the same address with TLS.
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
var defaultEndpoints = map[string]string{protocolHTTP: "http://localhost:4318", protocolGRPC: "http://localhost:4317"}

// retryTime is the time for which a back end may be busy or silent. It is a
// variable for the tests.
var retryTime = 10 * time.Second

// export is the command line of ostrace export.
type export struct {
	*program
	endpoint, protocol string
	flag               string // that gives the endpoint
	all                bool
}

func newExportCommand(p *program) *cobra.Command {
	e := export{program: p, flag: "--endpoint"}
	command := &cobra.Command{
		Use:   "export ID|FILE",
		Short: "Export a trace into an OpenTelemetry back end",
		Long: `Export a trace over OTLP, into Jaeger, Tempo, a Collector or any other
OpenTelemetry back end.

The spans have the same ids each time, so a trace that is exported again is
completed and not doubled. The spans of Go programs that signed with this
project's library refer to the same ids.

A program can export its spans itself and store them too, with a mark that says
so. createserver does that with a back end and a store. Such spans are in a back
end already, so they are left out, and their number is printed; --all sends them
too, for another back end. Where a back end accepted only some spans of a
request, it is not known which, so all of them are sent again, with the same ids.

OTEL_EXPORTER_OTLP_HEADERS, _CERTIFICATE, _TIMEOUT and the other variables of
OpenTelemetry's exporter work as in every program (also OTEL_EXPORTER_OTLP_TRACES_…).`,
		Example: `  ostrace export 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b --endpoint http://localhost:4318
  ostrace export 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b --endpoint http://localhost:4317 --protocol grpc
  ostrace export trace.json`,
		Args:              oneTrace,
		ValidArgsFunction: p.completeTrace,
		RunE:              func(command *cobra.Command, args []string) error { return e.run(command.Context(), args[0]) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&e.endpoint, "endpoint", "",
		"`URL` of the back end, to which http/protobuf adds /v1/traces (environment: OTEL_EXPORTER_OTLP_ENDPOINT; default http://localhost:4318, for grpc http://localhost:4317)")
	flags.StringVar(&e.protocol, "protocol", "", "`PROTOCOL` is http/protobuf or grpc (environment: OTEL_EXPORTER_OTLP_PROTOCOL; default http/protobuf)")
	flags.BoolVar(&e.all, "all", false, "send also the spans that a program has exported itself")
	_ = command.RegisterFlagCompletionFunc("protocol", cobra.FixedCompletions([]string{protocolHTTP, protocolGRPC}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

func (e *export) run(ctx context.Context, argument string) error {
	client, err := e.client()
	if err != nil {
		return err
	}
	t, err := e.load(ctx, argument)
	if err != nil {
		return err
	}
	e.noteDefects(t)
	spans := t.Spans()
	traceID := spans[0].SpanContext().TraceID()
	if !e.all {
		spans = slices.DeleteFunc(spans, exportedLive)
	}
	if len(spans) > 0 {
		if err := e.send(ctx, client, spans); err != nil {
			return err
		}
	}
	said := fmt.Sprintf("%d spans exported, trace id %s\n", len(spans), traceID)
	switch left := t.Len() - len(spans); {
	case left == 1:
		said += "1 span is left out because the program that stored it has exported it itself (--all sends it too)\n"
	case left > 1:
		said += fmt.Sprintf("%d spans are left out because the program that stored them has exported them itself (--all sends them too)\n", left)
	}
	_, err = io.WriteString(e.out, said)
	return err
}

// exportedLive reports whether the program that stored the span has exported it
// as well.
func exportedLive(span sdktrace.ReadOnlySpan) bool {
	return slices.Contains(span.Attributes(), points.ExportedKey.Bool(true))
}

func (e *export) client() (otlptrace.Client, error) {
	if e.endpoint != "" {
		if err := endpoint.CheckOTLP(e.flag, e.endpoint); err != nil {
			return nil, err
		}
	}
	if err := endpoint.CheckOTLPEnvironment(); err != nil {
		return nil, err
	}
	protocol := cmp.Or(e.protocol, os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), protocolHTTP)
	address := e.address(protocol)
	switch protocol {
	case protocolHTTP:
		opts := []otlptracehttp.Option{otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 4, MaxElapsedTime: retryTime,
		})}
		if address != "" {
			opts = append(opts, otlptracehttp.WithEndpointURL(tracesURL(address)))
		}
		return otlptracehttp.NewClient(opts...), nil
	case protocolGRPC:
		opts := []otlptracegrpc.Option{otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 4, MaxElapsedTime: retryTime,
		})}
		if address != "" {
			opts = append(opts, otlptracegrpc.WithEndpointURL(address))
		}
		return otlptracegrpc.NewClient(opts...), nil
	}
	return nil, fmt.Errorf("--protocol must be %s or %s, not %q", protocolHTTP, protocolGRPC, protocol)
}

// address returns the address of the back end, or an empty text where the
// exporter takes it from the environment.
func (e *export) address(protocol string) string {
	if e.endpoint == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return defaultEndpoints[protocol]
	}
	return e.endpoint
}

// tracesURL adds the path of OTLP over HTTP, as OpenTelemetry's exporter does
// for OTEL_EXPORTER_OTLP_ENDPOINT.
func tracesURL(endpoint string) string {
	const path = "/v1/traces"
	if strings.HasSuffix(endpoint, path) {
		return endpoint
	}
	return strings.TrimRight(endpoint, "/") + path
}

func (e *export) send(ctx context.Context, client otlptrace.Client, spans []sdktrace.ReadOnlySpan) (err error) {
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return fmt.Errorf("nothing was exported: %w", err)
	}
	defer func() { err = errors.Join(err, exporter.Shutdown(context.WithoutCancel(ctx))) }()
	progress := newProgress(e.err, "exporting", "spans", len(spans))
	defer progress.end()
	for batch := range slices.Chunk(spans, batchSize) {
		if err := exporter.ExportSpans(ctx, batch); err != nil {
			return fmt.Errorf("%d of %d spans were exported, then: %w (a second export completes the trace and doubles nothing)",
				progress.done, len(spans), err)
		}
		progress.add(len(batch))
	}
	return nil
}
