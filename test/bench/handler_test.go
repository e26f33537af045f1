// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/sdk"
)

// contribHandler returns OpenTelemetry's own handler.
func contribHandler(next http.Handler, spans trace.TracerProvider, propagators otelpropagation.TextMapPropagator) http.Handler {
	return contrib.NewHandler(next, "bench", contrib.WithTracerProvider(spans), contrib.WithPropagators(propagators))
}

// ostraceHandler returns this library's handler.
func ostraceHandler(next http.Handler, spans trace.TracerProvider, propagators otelpropagation.TextMapPropagator) http.Handler {
	return otelhttp.NewHandler(next, "bench", otelhttp.WithTracerProvider(spans), otelhttp.WithPropagators(propagators), otelhttp.WithHMACKeys(key))
}

// tracedHandlers get requests in a trace, with the headers that each of them
// reads.
func tracedHandlers(see func(http.Header)) []operation {
	next, spans := answer(see), tracing(sdk.SignedSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	return []operation{
		{"by=none", serve(next, http.Header{})},
		{"by=naive/headers=valid", serve(naiveHandler(next), signed(key))},
		{"by=w3c/headers=w3c", serve(contribHandler(next, spans, w3c), http.Header{"Traceparent": {traceparent}})},
		{"by=b3/headers=b3", serve(contribHandler(next, spans, zipkin), http.Header{"B3": {b3Header}})},
		{"by=w3c+floor/headers=valid", serve(floorHandler(next, spans, newFloor(hmac.SHA1)), alsoW3C(signed(key)))},
		{"by=osprofiler/headers=valid", serve(ostraceHandler(next, spans, none), signed(key))},
		{"by=w3c+osprofiler/headers=valid", serve(ostraceHandler(next, spans, w3c), alsoW3C(signed(key)))},
	}
}

// untracedHandlers get requests from clients without a key, where only a key
// switches tracing on.
func untracedHandlers(see func(http.Header)) []operation {
	next, spans := answer(see), tracing(sdk.SignedSampler(sdktrace.NeverSample()))
	long := []string{strings.Repeat("A", 1<<20)}
	huge := http.Header{"X-Trace-Info": long, "X-Trace-Hmac": long, "X-Openstack-Request-Id": long}
	garbage := http.Header{"X-Trace-Info": {"{"}, "X-Trace-Hmac": {strings.Repeat("g", 40)}}
	forged := alsoW3C(signed(newKey("another")))
	return []operation{
		{"by=none", serve(next, http.Header{})},
		{"by=naive/headers=absent", serve(naiveHandler(next), http.Header{})},
		{"by=w3c/headers=absent", serve(contribHandler(next, spans, w3c), http.Header{})},
		{"by=w3c+osprofiler/headers=absent", serve(ostraceHandler(next, spans, w3c), http.Header{})},
		{"by=naive/headers=forged", serve(naiveHandler(next), forged)},
		{"by=w3c/headers=forged", serve(contribHandler(next, spans, w3c), forged)},
		{"by=w3c+osprofiler/headers=forged", serve(ostraceHandler(next, spans, w3c), forged)},
		{"by=w3c/headers=huge", serve(contribHandler(next, spans, w3c), huge)},
		{"by=w3c+osprofiler/headers=huge", serve(ostraceHandler(next, spans, w3c), huge)},
		{"by=w3c+osprofiler/headers=garbage", serve(ostraceHandler(next, spans, w3c), garbage)},
	}
}

var contentType = []string{"application/json"}

// answer returns the handler inside. It shows the headers that its context
// would send on.
func answer(see func(http.Header)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = contentType
		if see == nil {
			return
		}
		seen := http.Header{}
		sentOn.Inject(r.Context(), otelpropagation.HeaderCarrier(seen))
		if t, ok := r.Context().Value(naiveKey{}).(ids); ok {
			seen.Set("Ids", t.BaseID)
		}
		see(seen)
	})
}

func serve(handler http.Handler, header http.Header) func() {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header = header
	return func() { handler.ServeHTTP(discard{http.Header{}}, r) }
}

// discard is a ResponseWriter that discards the answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
