//go:build !race

package otelhttp

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/sdk"
)

// Law 8: to what OpenTelemetry's handler costs, a request that is not signed
// adds its id and a context, whatever its headers are and however long.
func TestHandlerAllocations(t *testing.T) {
	const (
		moreAllocations = 2
		moreBytes       = 192
	)
	w3c := otelpropagation.TraceContext{}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(nil)))
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header()["Content-Type"] = contentType })
	plain := contribHandler(next, provider)
	ours := NewHandler(next, "bench", WithTracerProvider(provider), WithPropagators(w3c), WithHMACKeys(mustKey(t, "SECRET_KEY"), mustKey(t, "another")))
	huge := strings.Repeat("A", 1<<20)
	for name, header := range map[string]http.Header{
		"absent":    {},
		"wrong key": signedHeader(mustKey(t, "forged"), hmac.TraceInfo{BaseID: testBase, ParentID: testParent}),
		"huge":      {canonicalInfo: {huge}, canonicalHMAC: {huge}, headerRequestID: {huge}},
		"garbage":   {canonicalInfo: {"{"}, canonicalHMAC: {strings.Repeat("g", 40)}},
	} {
		wantCount, wantBytes := cost(t, plain, header)
		count, bytes := cost(t, ours, header)
		if count > wantCount+moreAllocations || bytes > wantBytes+moreBytes {
			t.Errorf("%s: %d allocations and %d bytes, OpenTelemetry's handler alone %d and %d", name, count, bytes, wantCount, wantBytes)
		}
	}
}

// cost returns how much a handler allocates for a request.
func cost(t *testing.T, handler http.Handler, header http.Header) (allocations, bytes uint64) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header = header
	serve := func() { handler.ServeHTTP(discardResponse{http.Header{}}, r) }
	allocations = uint64(testing.AllocsPerRun(100, serve))
	const runs = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		serve()
	}
	runtime.ReadMemStats(&after)
	return allocations, (after.TotalAlloc - before.TotalAlloc) / runs
}
