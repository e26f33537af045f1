// SPDX-License-Identifier: Apache-2.0

package http_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace"
	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
)

// docs/trust.md is right about WithClientTrace: it records the headers that are
// sent, the token and the signature too, unless it is told not to.
func TestClientTrace(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		opts []otelhttptrace.ClientTraceOption
		want int
	}{
		"none":                {nil, 3},
		"WithRedactedHeaders": {[]otelhttptrace.ClientTraceOption{otelhttptrace.WithRedactedHeaders("X-Auth-Token", "X-Subject-Token", "X-Trace-Info", "X-Trace-Hmac")}, 0},
		"WithoutHeaders":      {[]otelhttptrace.ClientTraceOption{otelhttptrace.WithoutHeaders()}, 0},
	} {
		spans := tracetest.NewSpanRecorder()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
		client := http.Client{Transport: otelhttp.NewTransport(nil, otelhttp.WithTracerProvider(provider), otelhttp.WithHMACKeys(key),
			otelhttp.WithContribOptions(contrib.WithClientTrace(func(ctx context.Context) *httptrace.ClientTrace {
				return otelhttptrace.NewClientTrace(ctx, append(test.opts, otelhttptrace.WithTracerProvider(provider))...)
			})))}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Auth-Token", "SECRET_TOKEN")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		sent := resp.Request.Header
		secrets := []string{"SECRET_TOKEN", sent.Get(hmac.HeaderInfo), sent.Get(hmac.HeaderHMAC)}
		shown := 0
		for _, span := range spans.Ended() {
			for _, kv := range span.Attributes() {
				for _, secret := range secrets {
					if secret == "" || strings.Contains(kv.Value.String(), secret) {
						shown++
					}
				}
			}
			for _, event := range span.Events() {
				for _, kv := range event.Attributes {
					for _, secret := range secrets {
						if strings.Contains(kv.Value.String(), secret) {
							shown++
						}
					}
				}
			}
		}
		if shown != test.want {
			t.Errorf("%s: %d secrets show, want %d", name, shown, test.want)
		}
	}
}
