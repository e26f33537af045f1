// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/sdk"
)

// First, do no harm, under a flood: forged and huge headers leave nothing in
// memory and record nothing, and the signed requests are recorded as usual.
func TestHandlerFlood(t *testing.T) {
	const (
		forged    = 100_000
		attackers = 4
		honest    = 1_000
		keeps     = 64 << 10 // the number of bytes that the runtime may keep for itself
	)
	key := mustKey(t, "SECRET_KEY")
	var spans countingProcessor
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(nil)), sdktrace.WithSpanProcessor(&spans))
	var served atomic.Int64
	handler := NewHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }), "registry",
		WithTracerProvider(provider), WithPropagators(otelpropagation.TraceContext{}), WithHMACKeys(key))
	huge := strings.Repeat("A", 1<<20)
	flood := func(requests int) {
		var group sync.WaitGroup
		for range attackers {
			group.Go(func() {
				r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
				for i := range requests / attackers {
					r.Header = forgedHeader(i, huge)
					handler.ServeHTTP(discardResponse{http.Header{}}, r)
				}
			})
		}
		group.Go(func() {
			r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
			for range honest {
				r.Header = signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
				handler.ServeHTTP(discardResponse{http.Header{}}, r)
			}
		})
		group.Wait()
	}
	flood(attackers) // makes everything that is made only once
	before := heap()
	served.Store(0)
	spans.ended.Store(0)
	flood(forged)
	if grown := heap() - before; grown > keeps {
		t.Errorf("%d bytes are kept after %d forged requests", grown, forged)
	}
	if served.Load() != forged+honest {
		t.Errorf("%d requests served, of %d", served.Load(), forged+honest)
	}
	if spans.ended.Load() != honest {
		t.Errorf("%d spans for %d signed requests", spans.ended.Load(), honest)
	}
	runtime.KeepAlive(handler)
}

// forgedHeader returns forged headers, which differ for each i.
func forgedHeader(i int, huge string) http.Header {
	unique := strconv.Itoa(i)
	info := "eyJiYXNlX2lkIjog" + unique
	mac := strings.Repeat("0", 40-len(unique)) + unique
	switch i % 6 {
	case 0:
		return http.Header{httpheader.TraceInfo: {info}, httpheader.TraceHMAC: {mac}}
	case 1:
		return http.Header{httpheader.TraceInfo: {huge}, httpheader.TraceHMAC: {mac}}
	case 2:
		return http.Header{httpheader.TraceInfo: {info}, httpheader.TraceHMAC: {huge}}
	case 3:
		return http.Header{httpheader.TraceInfo: {info}, httpheader.RequestID: {"req-" + unique}}
	case 4:
		return http.Header{httpheader.TraceInfo: {info}, httpheader.TraceHMAC: {mac}, httpheader.RequestID: {globalID}}
	default:
		return http.Header{"Traceparent": {"00-" + otherTrace + "-" + otherSpan + "-01"}, httpheader.TraceInfo: {info}, httpheader.TraceHMAC: {mac}}
	}
}

// heap returns the bytes in use.
func heap() int64 {
	var stats runtime.MemStats
	for range 3 { // the items of a sync.Pool survive the first collection
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// countingProcessor is a span processor that counts, and keeps nothing.
type countingProcessor struct{ ended atomic.Int64 }

func (*countingProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (p *countingProcessor) OnEnd(sdktrace.ReadOnlySpan)                   { p.ended.Add(1) }
func (*countingProcessor) ForceFlush(context.Context) error                { return nil }
func (*countingProcessor) Shutdown(context.Context) error                  { return nil }
