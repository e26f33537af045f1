// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/sdk"
)

// mayKeep is the number of bytes that Go's runtime and net/http may keep for
// themselves. One byte for each of 100,000 requests is more than that.
const mayKeep = 64 << 10

// Nothing is kept of a request that is over.
func TestNothingKept(t *testing.T) {
	const requests = 100_000
	if kept := keptAfter(t, requests); kept > mayKeep {
		t.Errorf("%d bytes are kept after %d requests", kept, requests)
	}
}

// BenchmarkNothingKept is the same test with the number of requests in
// -benchtime.
func BenchmarkNothingKept(b *testing.B) {
	kept := keptAfter(b, b.N)
	if kept > mayKeep {
		b.Errorf("%d bytes are kept after %d requests", kept, b.N)
	}
	b.ReportMetric(float64(max(kept, 0)), "kept-B")
}

// keptAfter returns the number of bytes by which the live heap has grown after
// the requests. Each request has another URL and another trace, and goes
// through gophercloud, this library's transport and its handler. The requests
// get all kinds of answers in turn.
func keptAfter(tb testing.TB, requests int) int64 {
	const goroutines = 4
	tb.Helper()
	served := 0
	var mu sync.Mutex
	direct := inProcess{ostraceHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		served++
		mu.Unlock()
		switch {
		case strings.HasSuffix(r.URL.Path, "0"):
			http.Error(w, "no such project", http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "1"):
			http.Error(w, "try again", http.StatusServiceUnavailable)
		default:
			_, _ = io.WriteString(w, project)
		}
	}), tracing(sdk.SignedSampler(sdktrace.ParentBased(sdktrace.NeverSample()))), w3c)}
	provider := newProvider(direct)
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithTracerProvider(tracing(sdktrace.AlwaysSample())),
		gophercloudtrace.WithPropagators(w3c), gophercloudtrace.WithHMACKeys(key))
	var id atomic.Int64
	request := func() {
		url := fmt.Sprintf("http://127.0.0.1:5000/v3/projects/%032x", id.Add(1))
		var answer any
		_, _ = provider.Request(context.Background(), http.MethodGet, url, &gophercloud.RequestOpts{JSONResponse: &answer})
	}

	const first = 1000 // after these, everything that is made only once exists
	load(first, goroutines, request, func() {})
	before := liveHeap()
	served = 0
	load(requests, goroutines, request, func() {})
	grown := liveHeap() - before
	if served != goroutines+requests {
		tb.Errorf("%d requests were served, of %d", served, goroutines+requests)
	}
	runtime.KeepAlive(provider)
	return grown
}

func liveHeap() int64 {
	var stats runtime.MemStats
	for range 3 { // the items of a sync.Pool survive the first collection
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// inProcess is a RoundTripper that calls a handler, without a network in
// between.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &written{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(w, r.Clone(context.Background()))
	return &http.Response{StatusCode: w.status, Proto: "HTTP/1.1", Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
