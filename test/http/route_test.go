// SPDX-License-Identifier: Apache-2.0

// Package http_test has the tests of otelhttp and gophercloudtrace that need
// other libraries, which are routers and OpenTelemetry's OTLP exporters.
package http_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/otelhttp"
)

// The span has the route of the router inside the middleware, whichever it is.
func TestRoutes(t *testing.T) {
	nothing := func(http.ResponseWriter, *http.Request) {}
	for name, test := range map[string]struct {
		handler func(middleware func(http.Handler) http.Handler) http.Handler
		route   string
	}{
		"net/http, around the mux": {func(middleware func(http.Handler) http.Handler) http.Handler {
			m := http.NewServeMux()
			m.HandleFunc("GET /v1/images/{id}", nothing)
			return middleware(m)
		}, "/v1/images/{id}"},
		"chi, by Use": {func(middleware func(http.Handler) http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(middleware)
			r.Get("/v1/images/{id}", nothing)
			return r
		}, "/v1/images/{id}"},
		"chi, by Use, a mounted router": {func(middleware func(http.Handler) http.Handler) http.Handler {
			v1 := chi.NewRouter()
			v1.Get("/images/{id}", nothing)
			r := chi.NewRouter()
			r.Use(middleware)
			r.Mount("/v1", v1)
			return r
		}, "/v1/images/{id}"},
		"gorilla, by Use": {func(middleware func(http.Handler) http.Handler) http.Handler {
			r := mux.NewRouter()
			r.Use(middleware, withPattern)
			r.HandleFunc("/v1/images/{id}", nothing)
			return r
		}, "/v1/images/{id}"},
	} {
		for _, path := range []string{"/v1/images/1", "/v1/images/2"} {
			spans := tracetest.NewSpanRecorder()
			middleware := otelhttp.NewMiddleware("registry", otelhttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
			test.handler(middleware).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			ended := spans.Ended()
			if len(ended) != 1 {
				t.Errorf("%s: %d spans", name, len(ended))
				continue
			}
			route := ""
			for _, kv := range ended[0].Attributes() {
				if kv.Key == "http.route" {
					route = kv.Value.AsString()
				}
			}
			if want := "GET " + test.route; route != test.route || ended[0].Name() != want {
				t.Errorf("%s: span %q with the route %q, want %q", name, ended[0].Name(), route, want)
			}
		}
	}
}

// withPattern is the middleware of docs/services.md.
func withPattern(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := mux.CurrentRoute(r); route != nil {
			if template, err := route.GetPathTemplate(); err == nil {
				r.Pattern = template
			}
		}
		next.ServeHTTP(w, r)
	})
}
