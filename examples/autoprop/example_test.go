// SPDX-License-Identifier: Apache-2.0

// Package autoprop_test shows how OTEL_PROPAGATORS chooses the propagators of a
// program.
package autoprop_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/propagation"
)

func Example() {
	// This is usually set outside the program.
	_ = os.Setenv("OTEL_PROPAGATORS", "tracecontext,baggage,osprofiler")
	_ = os.Setenv("OS_PROFILE", "SECRET_KEY")

	autoprop.RegisterTextMapPropagator("osprofiler", propagation.FromEnv())

	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	ctx, span := sdktrace.NewTracerProvider().Tracer("example").Start(context.Background(), "request")
	defer span.End()
	header := http.Header{}
	otel.GetTextMapPropagator().Inject(ctx, otelpropagation.HeaderCarrier(header))
	for _, name := range []string{"traceparent", "X-Trace-Info", "X-Trace-HMAC"} {
		fmt.Println(name, header.Get(name) != "")
	}
	// Output:
	// traceparent true
	// X-Trace-Info true
	// X-Trace-HMAC true
}
