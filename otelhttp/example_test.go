package otelhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
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
