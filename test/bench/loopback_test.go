// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/sdk"
)

// BenchmarkLoopback measures the requests a second of a real client and a real
// server of net/http on 127.0.0.1, in one process, over n connections, each of
// which has a request all the time. With side=client only the client is
// instrumented, and with side=both the server too.
func BenchmarkLoopback(b *testing.B) {
	clients, servers := tracing(sdktrace.AlwaysSample()), tracing(sdk.SignedSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = contentType
		_, _ = io.WriteString(w, project)
	})
	same := func(base http.RoundTripper) http.RoundTripper { return base }
	for _, connections := range []int{1, 8, 64} {
		for _, variant := range []struct {
			name   string
			client func(http.RoundTripper) http.RoundTripper
			server http.Handler
		}{
			{"by=none", same, plain},
			{"by=naive/side=client", func(base http.RoundTripper) http.RoundTripper { return naiveTransport{base} }, plain},
			{"by=w3c/side=client", func(base http.RoundTripper) http.RoundTripper { return contribTransport(base, clients, w3c) }, plain},
			{"by=b3/side=client", func(base http.RoundTripper) http.RoundTripper { return contribTransport(base, clients, zipkin) }, plain},
			{"by=w3c+osprofiler/side=client", func(base http.RoundTripper) http.RoundTripper { return ostraceTransport(base, clients, w3c) }, plain},
			{"by=naive/side=both", func(base http.RoundTripper) http.RoundTripper { return naiveTransport{base} }, naiveHandler(plain)},
			{"by=w3c/side=both", func(base http.RoundTripper) http.RoundTripper { return contribTransport(base, clients, w3c) }, contribHandler(plain, servers, w3c)},
			{"by=w3c+osprofiler/side=both", func(base http.RoundTripper) http.RoundTripper { return ostraceTransport(base, clients, w3c) }, ostraceHandler(plain, servers, w3c)},
		} {
			b.Run(fmt.Sprintf("%s/n=%d", variant.name, connections), func(b *testing.B) {
				server := httptest.NewServer(variant.server)
				defer server.Close()
				transport := &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}
				defer transport.CloseIdleConnections()
				client := &http.Client{Transport: variant.client(transport)}
				load(b.N, connections, func() { fetch(b, client, server.URL) }, b.ResetTimer)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
			})
		}
	}
}

// load makes the requests from several goroutines, after each of them has made
// one and ready was called.
func load(requests, goroutines int, request, ready func()) {
	var left atomic.Int64
	left.Store(int64(requests))
	var first, all sync.WaitGroup
	first.Add(goroutines)
	begin := make(chan struct{})
	for range goroutines {
		all.Go(func() {
			request()
			first.Done()
			<-begin
			for left.Add(-1) >= 0 {
				request()
			}
		})
	}
	first.Wait()
	ready()
	close(begin)
	all.Wait()
}

func fetch(b *testing.B, client *http.Client, url string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.Error(err)
		return
	}
	resp, err := client.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(len(project)) {
		b.Errorf("%d bytes of the answer, of %d: %v", n, len(project), err)
	}
}
