// SPDX-License-Identifier: Apache-2.0

package waterfall_test

import (
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

func ExampleDraw() {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithIDGenerator(fixedIDs{}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "hello"))),
	)
	start := time.Unix(1_800_000_000, 0)
	_, span := provider.Tracer("").Start(context.Background(), "say hello", trace.WithTimestamp(start))
	span.End(trace.WithTimestamp(start.Add(12300 * time.Microsecond)))

	if err := waterfall.Draw(os.Stdout, recorder.Ended(), waterfall.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output:
	// Trace 4bf92f3577b34da6a3ce929d0e0e4736  1 span  1 service  12.3 ms
	// span       service    time   ▏0      ▏2 ms   ▏4 ms   ▏6 ms    ▏8 ms   ▏10 ms
	// say hello  hello   12.3 ms   ███████████████████████████████████████████████████
}

// fixedIDs makes the example's output the same each time.
type fixedIDs struct{}

func (fixedIDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	id, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	return id, trace.SpanID{7: 1}
}

func (fixedIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	return trace.SpanID{7: 2}
}
