// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

// These are the snippets of docs/services.md.
var (
	_ = service
	_ = changingKeys
)

func service(exporter sdktrace.SpanExporter) error {
	keys, err := hmac.KeysFromEnv() // the same options as for OpenStack's own services
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())), // only the holder of a key can switch tracing on
		sdktrace.WithBatcher(exporter),
	)
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.New())

	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/images", func(w http.ResponseWriter, r *http.Request) {
		slog.LogAttrs(r.Context(), slog.LevelInfo, "listing", otelhttp.LogAttrs(r.Context())...)
		// Requests with r.Context() are in the trace, and are signed with the key that verified this request.
	})
	server := http.Server{
		Addr:              ":8080",
		Handler:           otelhttp.NewHandler(mux, "registry", otelhttp.WithHMACKeys(keys...)),
		ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}

func changingKeys(mux *http.ServeMux, current, next hmac.Key, use func(http.Handler)) {
	ring := hmac.NewKeyRing(current)
	handler := otelhttp.NewHandler(mux, "registry", otelhttp.WithKeyRing(ring))
	// later, for example on SIGHUP:
	ring.Set(next, current) // accept both, and sign with the key of the request
	ring.Set(next)          // when all clients have the new key

	use(handler)
}
