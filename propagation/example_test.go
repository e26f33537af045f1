// SPDX-License-Identifier: Apache-2.0

package propagation_test

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

func Example() {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	otel.SetTextMapPropagator(propagation.New(key))

	// Any library that uses OpenTelemetry's propagators does this from now on:
	header := http.Header{}
	otel.GetTextMapPropagator().Inject(contextWithSpan(), otelpropagation.HeaderCarrier(header))
	for _, name := range []string{"traceparent", "X-Trace-Info", "X-Trace-HMAC"} {
		fmt.Printf("%s: %s\n", name, header.Get(name))
	}
	// Output:
	// traceparent: 00-b74f34105463852d9c434723dde138d8-423e96d038e9de81-01
	// X-Trace-Info: eyJiYXNlX2lkIjogImI3NGYzNDEwLTU0NjMtODUyZC05YzQzLTQ3MjNkZGUxMzhkOCIsICJwYXJlbnRfaWQiOiAiYjc0ZjM0MTAtNTQ2My04NTJkLTQyM2UtOTZkMDM4ZTlkZTgxIn0=
	// X-Trace-HMAC: a265480a7fc66813e08970e874e98231edc2c8c6
}

func ExampleParentID() {
	span := trace.SpanContextFromContext(contextWithSpan())
	fmt.Println("base_id:  ", propagation.BaseID(span.TraceID()))
	fmt.Println("parent_id:", propagation.ParentID(span.TraceID(), span.SpanID()))
	// Output:
	// base_id:   b74f3410-5463-852d-9c43-4723dde138d8
	// parent_id: b74f3410-5463-852d-423e-96d038e9de81
}

func ExampleGlobalRequestID() {
	fmt.Println(propagation.GlobalRequestID(contextWithSpan()))
	// Output: req-b74f3410-5463-852d-9c43-4723dde138d8
}

func contextWithSpan() context.Context {
	traceID, _ := trace.TraceIDFromHex("b74f34105463852d9c434723dde138d8")
	spanID, _ := trace.SpanIDFromHex("423e96d038e9de81")
	return trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled,
	}))
}
