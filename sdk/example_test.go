// SPDX-License-Identifier: Apache-2.0

package sdk_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

func ExampleSignedSampler() {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
	tracer := provider.Tracer("registry")

	_, span := tracer.Start(context.Background(), "GET /images")
	fmt.Println("anybody:", span.SpanContext().IsSampled())

	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	// The Handler of the package otelhttp does this for a signed request:
	signed := propagation.ContextWithProfiler(context.Background(), propagation.Profiler{Key: key})
	_, span = tracer.Start(signed, "GET /images")
	fmt.Println("a holder of the key:", span.SpanContext().IsSampled())
	// Output:
	// anybody: false
	// a holder of the key: true
}

func ExampleIDGenerator64() {
	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(sdk.IDGenerator64()))
	_, span := provider.Tracer("mytool").Start(context.Background(), "command")
	fmt.Println(span.SpanContext().TraceID().String()[:16])
	// Output: 0000000000000000
}
