// SPDX-License-Identifier: Apache-2.0

package waterfall_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/waterfall"
)

// A program records its spans, and draws them before it ends.
func ExampleDraw() {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithIDGenerator(&fixedIDs{}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "greeter"))),
	)
	greet(provider)
	if err := waterfall.Draw(os.Stdout, recorder.Ended(), waterfall.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output:
	// Trace 4bf92f3577b34da6a3ce929d0e0e4736  2 spans  1 service  12.3 ms
	// 2027-01-15 08:00:00 UTC
	// span       service    time   ▏0      ▏2 ms   ▏4 ms   ▏6 ms    ▏8 ms   ▏10 ms
	// say hello  greeter 12.3 ms • ███████████████████████████████████████████████████
	// └─ GET             8.00 ms •          ▐████████████████████████████████▋
	//
	// kind       spans  total time  self time    • path
	// client         1     8.00 ms    8.00 ms   8.00 ms
	// internal       1     12.3 ms    4.30 ms   4.30 ms
	//
	// • critical path  service  self time  share
	// GET              greeter    8.00 ms    65%
	// say hello        greeter    4.30 ms    35%
}

// Labels can show text that OpenTelemetry's conventions keep out of a span's name.
func ExampleLabels() {
	labels := waterfall.Labels{
		Detail: func(span sdktrace.ReadOnlySpan) string {
			for _, a := range span.Attributes() {
				if a.Key == "url.path" {
					return a.Value.AsString()
				}
			}
			return ""
		},
	}
	if err := waterfall.DOT(os.Stdout, recorded(), waterfall.DOTOptions{Labels: labels}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output:
	// digraph trace {
	// 	node [shape=box];
	// 	s0 [label="greeter:say hello - 12 ms", style=bold];
	// 	s1 [label="greeter:GET - 8 ms\n/names/me", style=bold];
	// 	s0 -> s1 [style=bold];
	// }
}

func ExampleHTML() {
	var page bytes.Buffer
	err := waterfall.HTML(&page, recorded(), waterfall.HTMLOptions{Title: "greet me"})
	fmt.Println(bytes.Contains(page.Bytes(), []byte("<title>greet me</title>")), err)
	// Output: true <nil>
}

func ExampleDOT() {
	if err := waterfall.DOT(os.Stdout, recorded()[:1], waterfall.DOTOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output:
	// digraph trace {
	// 	node [shape=box];
	// 	s0 [label="greeter:GET - 8 ms", style=bold];
	// }
}

func recorded() []sdktrace.ReadOnlySpan {
	recorder := tracetest.NewSpanRecorder()
	greet(sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "greeter"))),
	))
	return recorder.Ended()
}

// greet is a program that asks a server for a name.
func greet(provider trace.TracerProvider) {
	start := time.Unix(1_800_000_000, 0)
	after := func(d time.Duration) trace.SpanEventOption { return trace.WithTimestamp(start.Add(d)) }
	tracer := provider.Tracer("example")
	ctx, hello := tracer.Start(context.Background(), "say hello", after(0))
	_, get := tracer.Start(ctx, "GET", after(2300*time.Microsecond),
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("url.path", "/names/me")))
	get.End(after(10300 * time.Microsecond))
	hello.End(after(12300 * time.Microsecond))
}

// fixedIDs makes an example's output the same each time.
type fixedIDs struct{ spans byte }

func (f *fixedIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	return id, f.NewSpanID(ctx, id)
}

func (f *fixedIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	f.spans++
	return trace.SpanID{7: f.spans}
}
