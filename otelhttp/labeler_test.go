// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// clientLabeler returns the Labeler that contrib's transport finds in a context.
func clientLabeler(ctx context.Context) (*otelhttp.Labeler, bool) {
	labeler, ok := ctx.Value(clientLabelerKey).(*otelhttp.Labeler)
	return labeler, ok
}

// contextWithClientLabeler returns a context in which contrib's transport finds
// the labeler, as contrib's function of this name does in versions that have it.
func contextWithClientLabeler(ctx context.Context, labeler *otelhttp.Labeler) context.Context {
	return context.WithValue(ctx, clientLabelerKey, labeler)
}

// OpenTelemetry's transport and handler find a Labeler: that of the context
// around them, or else the one of this package's context.
func TestLabelers(t *testing.T) {
	provider, _ := recorder()
	var found, own *otelhttp.Labeler
	see := func(labeler *otelhttp.Labeler, ok bool) {
		if found = labeler; !ok {
			t.Error("there is no labeler")
		}
	}
	transport := NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		see(clientLabeler(r.Context()))
		if _, own := r.Context().(*clientSpan); !own {
			t.Error("contrib's transport did not find a labeler, and put one into a context of its own")
		}
		own = &r.Context().Value(clientSpanKey{}).(*clientSpan).labeler
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	}), WithTracerProvider(provider))
	handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		see(otelhttp.LabelerFromContext(r.Context()))
		own = &requestIDsFrom(r.Context()).labeler
	}), "registry", WithTracerProvider(provider))
	for side, test := range map[string]struct {
		with func(context.Context, *otelhttp.Labeler) context.Context
		send func(context.Context)
	}{
		"client": {contextWithClientLabeler, func(ctx context.Context) {
			get(t, &http.Client{Transport: transport}, ctx, "http://cloud.example/", nil)
		}},
		"server": {otelhttp.ContextWithLabeler, func(ctx context.Context) {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		}},
	} {
		test.send(t.Context())
		if found != own {
			t.Errorf("%s: the labeler is not that of the context", side)
		}
		around := new(otelhttp.Labeler)
		test.send(test.with(t.Context(), around))
		if found != around {
			t.Errorf("%s: the labeler is not that of the context around", side)
		}
	}
}
