// SPDX-License-Identifier: Apache-2.0

package otelhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/sdk"
)

func ExampleNewTransport() {
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("signed:", r.Header.Get(hmac.HeaderHMAC) != "")
	}))
	defer service.Close()

	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	trusted, err := otelhttp.Endpoints(service.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport,
		otelhttp.WithTracerProvider(sdktrace.NewTracerProvider()), // usually the global one
		otelhttp.WithHMACKeys(key),
		otelhttp.WithTrusted(trusted),
	)}
	resp, err := client.Get(service.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()
	// Output: signed: true
}

func ExampleNewHandler() {
	current, err := hmac.NewKey("CURRENT_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	previous, err := hmac.NewKey("PREVIOUS_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /images", func(_ http.ResponseWriter, r *http.Request) {
		span := trace.SpanContextFromContext(r.Context())
		fmt.Println("sampled:", span.IsSampled(), "trace:", span.TraceID())
	})
	handler := otelhttp.NewHandler(mux, "registry",
		otelhttp.WithTracerProvider(provider), // usually the global one
		otelhttp.WithHMACKeys(current, previous),
	)

	request := httptest.NewRequest(http.MethodGet, "/images", nil)
	const id = "b74f3410-5463-852d-9c43-4723dde138d8"
	info, mac := previous.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
	request.Header.Set(hmac.HeaderInfo, info)
	request.Header.Set(hmac.HeaderHMAC, mac)
	handler.ServeHTTP(httptest.NewRecorder(), request)
	// Output: sampled: true trace: b74f34105463852d9c434723dde138d8
}
