// SPDX-License-Identifier: Apache-2.0

package http_test

import (
	"context"
	"net/http"
	"testing"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/ostrace/ostrace/otelhttp"
)

// The attributes that a program adds to contrib's Labeler for clients are those
// of the metrics, whether the program made the Labeler or found it.
func TestClientLabeler(t *testing.T) {
	own := &contrib.Labeler{}
	own.Add(attribute.String("mine", "yes"))
	for name, ctx := range map[string]context.Context{
		"made":  contrib.ContextWithClientLabeler(t.Context(), own),
		"found": t.Context(),
	} {
		reader := sdkmetric.NewManualReader()
		meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		transport := otelhttp.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			labeler, found := contrib.ClientLabelerFromContext(r.Context())
			if !found {
				t.Errorf("%s: there is no labeler", name)
			}
			if name == "found" {
				labeler.Add(attribute.String("mine", "yes"))
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}), otelhttp.WithMeterProvider(meters))
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://cloud.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, scope := range all.ScopeMetrics {
			for _, m := range scope.Metrics {
				if data, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == "http.client.request.duration" {
					for _, point := range data.DataPoints {
						if value, _ := point.Attributes.Value("mine"); value.AsString() == "yes" {
							found++
						}
					}
				}
			}
		}
		if found != 1 {
			t.Errorf("%s: %d measurements have the attribute, want 1", name, found)
		}
	}
}
