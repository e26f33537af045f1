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

	// batchSize keeps a request below the 4 MiB that gRPC servers take, with
	// statements of several kilobytes.
	batchSize = 200
)

// retryTime is how long a back end may be busy or silent. It is a variable for
// the tests.
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

The spans have the same ids each time, and those that the spans of Go programs
which signed with this project's library refer to: exported again, a trace is
completed, not doubled.

What a program has exported itself, and has stored with a mark that says so, as
createserver does with a back end and a store, is in a back end already. It is
left out, and the number of those spans is told; --all sends them too, for
another back end. Where a back end took only a part of what the program sent at
once, nobody knows which: all of that is sent again, with the same ids.

OTEL_EXPORTER_OTLP_HEADERS, _CERTIFICATE, _TIMEOUT and the exporter's other
variables count as for every program (OTEL_EXPORTER_OTLP_TRACES_… too).`,
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
	flags.BoolVar(&e.all, "all", false, "also the spans that the program which stored them has exported itself")
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
		said += "1 span left out, which the program that stored it has exported itself (--all sends it too)\n"
	case left > 1:
		said += fmt.Sprintf("%d spans left out, which the program that stored them has exported itself (--all sends them too)\n", left)
	}
	_, err = io.WriteString(e.out, said)
	return err
}

// exportedLive tells whether the program that stored the span has exported it
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
	switch protocol {
	case protocolHTTP:
		opts := []otlptracehttp.Option{otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 4, MaxElapsedTime: retryTime,
		})}
		if e.endpoint != "" {
			opts = append(opts, otlptracehttp.WithEndpointURL(tracesURL(e.endpoint)))
		}
		return otlptracehttp.NewClient(opts...), nil
	case protocolGRPC:
		opts := []otlptracegrpc.Option{otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 4, MaxElapsedTime: retryTime,
		})}
		if e.endpoint != "" {
			opts = append(opts, otlptracegrpc.WithEndpointURL(e.endpoint))
		}
		return otlptracegrpc.NewClient(opts...), nil
	}
	return nil, fmt.Errorf("--protocol is %s or %s, not %q", protocolHTTP, protocolGRPC, protocol)
}

// tracesURL adds the path of OTLP over HTTP, as is done with
// OTEL_EXPORTER_OTLP_ENDPOINT.
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
			return fmt.Errorf("%d of %d spans were exported, then: %w (exported again, the trace is completed and nothing is doubled)",
				progress.done, len(spans), err)
		}
		progress.add(len(batch))
	}
	return nil
}
