// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// One trace; first, do no harm: while keys are rotated and a thousand
// goroutines share a client, no request is lost, each is signed with a key that
// is valid at that moment, and each is in its own trace.
func TestRotation(t *testing.T) {
	for name, test := range map[string]struct {
		cloud    string
		requests int // the number for each goroutine
		// serve returns a RoundTripper whose requests the handler serves.
		serve func(*testing.T, http.HandlerFunc) http.RoundTripper
	}{
		"the requests stay in memory":   {identity, 4, inMemory},
		"the requests go over HTTP 1.1": {identity, 1, overHTTP1},
		"the requests go over HTTP 2": {secureCloud, 1, func(t *testing.T, handler http.HandlerFunc) http.RoundTripper {
			return startHTTP2(t, handler).transport()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			rotate(t, test.cloud, test.requests, func(handler http.HandlerFunc) http.RoundTripper { return test.serve(t, handler) })
		})
	}
}

func inMemory(_ *testing.T, handler http.HandlerFunc) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		in := httptest.NewRequestWithContext(context.Background(), r.Method, r.URL.String(), nil)
		in.Header = r.Header.Clone()
		handler(w, in)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	})
}

func overHTTP1(t *testing.T, handler http.HandlerFunc) http.RoundTripper {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	transport := &http.Transport{MaxConnsPerHost: 100, MaxIdleConnsPerHost: 100, DialContext: dialOnly(server)}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func rotate(t *testing.T, cloud string, requests int, serve func(http.HandlerFunc) http.RoundTripper) {
	const (
		goroutines = 1_000
		rotations  = 40
	)
	library := newLibrary(t)
	first := newKey(t, "key 0")
	clients, service := hmac.NewKeyRing(first), hmac.NewKeyRing(first)

	// The service records only signed requests, and answers with its span and
	// the id of the span's parent.
	spans := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(nil)))
	handler := otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sc := trace.SpanContextFromContext(r.Context())
		p := propagation.ProfilerFromContext(r.Context())
		fmt.Fprintf(w, `{"found": "%s %v %s"}`, sc.TraceID(), sc.IsSampled(), p.Trace.ParentID)
	}), "service", otelhttp.WithTracerProvider(spans), otelhttp.WithPropagators(w3c), otelhttp.WithKeyRing(service))
	var served atomic.Int64
	base := serve(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		handler.ServeHTTP(w, r)
	})

	client := &http.Client{Transport: otelhttp.NewTransport(base, otelhttp.WithTracerProvider(library.tracer), otelhttp.WithPropagators(w3c), otelhttp.WithKeyRing(clients))}
	provider, err := openstack.NewClient(cloud)
	if err != nil {
		t.Fatal(err)
	}
	provider.UseTokenLock()
	provider.SetToken("token")
	provider.HTTPClient.Transport = base
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithTracerProvider(library.tracer), gophercloudtrace.WithPropagators(w3c))
	ask := func(ctx context.Context, through int) (string, error) {
		if through%2 == 0 {
			ctx = propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: clients.Keys()[0]})
			var into struct{ Found string }
			_, err := provider.Request(ctx, http.MethodGet, cloud+"/things", &gophercloud.RequestOpts{JSONResponse: &into})
			return into.Found, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, cloud+"/things", nil)
		if err != nil {
			return "", err
		}
		resp, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return strings.TrimSuffix(strings.TrimPrefix(string(body), `{"found": "`), `"}`), err
	}

	var all sync.WaitGroup
	progress := make(chan struct{}, goroutines*requests)
	for i := range goroutines {
		all.Go(func() {
			for range requests {
				ctx, span := library.tracer.Tracer("test").Start(t.Context(), "command")
				found, err := ask(ctx, i)
				span.End()
				want := span.SpanContext().TraceID().String() + " true " + propagation.BaseID(span.SpanContext().TraceID())[:len("00000000-0000-0000-")-1]
				if err != nil || !strings.HasPrefix(found, want) {
					t.Errorf("the service says %q, %v; want %q", found, err, want)
				}
				progress <- struct{}{}
			}
		})
	}
	keys := hmac.Keys{first}
	for i := range rotations { // like an operator, who changes the service first
		for range goroutines * requests / (rotations + 1) {
			<-progress
		}
		keys = append(hmac.Keys{newKey(t, fmt.Sprint("key ", i+1))}, keys...)
		service.Set(keys...)
		clients.Set(keys[0])
	}
	all.Wait()
	service.Set(keys[0]) // in the end the service drops the old keys
	for through := range 2 {
		ctx, span := library.tracer.Tracer("test").Start(t.Context(), "command")
		if found, err := ask(ctx, through); err != nil || !strings.HasPrefix(found, span.SpanContext().TraceID().String()+" true") {
			t.Errorf("with the last key: %q, %v", found, err)
		}
		span.End()
	}
	if got := int(served.Load()); got != goroutines*requests+2 {
		t.Errorf("%d requests were served, want %d", got, goroutines*requests+2)
	}
	if got := len(library.ended(t)); got != 2*(goroutines*requests+2) {
		t.Errorf("%d spans, want %d", got, 2*(goroutines*requests+2))
	}
}
