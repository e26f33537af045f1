// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

// rotation has the keys of a client and of the service downstream. The service
// in Go has "current,previous".
var rotation = []struct {
	name, client, downstream string
	traced                   bool
}{
	{"current, everywhere", "current", "current", true},
	{"previous, both downstream", "previous", "current,previous", true},
	{"previous, downstream too", "previous", "previous", true},
	{"current, both downstream", "current", "previous,current", true},
	{"previous, gone downstream", "previous", "current", false},
	{"current, not yet downstream", "current", "previous", false},
	{"no key of the cloud", "wrong", "current,previous", false},
}

const rotated = "current,previous"

// startServices starts the services downstream, by their keys.
func startServices(t *testing.T, digest hmac.Digest) map[string]pythonService {
	t.Helper()
	services := map[string]pythonService{}
	for _, test := range rotation {
		if _, ok := services[test.downstream]; !ok {
			services[test.downstream] = startService(t, digest, test.downstream)
		}
	}
	return services
}

// forward answers with the answer of the service at the address, which it calls
// with the client in the request's context.
func forward(to string, client *http.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, to+"/downstream", http.NoBody)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(w, resp.Body)
	})
}

// tracing starts a service in Go that uses the library for incoming and
// outgoing requests.
func tracing(t *testing.T, downstream string, tracers trace.TracerProvider) string {
	t.Helper()
	keys := mustKeys(t, rotated)
	service := httptest.NewServer(otelhttp.NewHandler(forward(downstream, client(tracers, keys...)), "middle",
		otelhttp.WithTracerProvider(tracers), otelhttp.WithPropagators(otelpropagation.TraceContext{}), otelhttp.WithHMACKeys(keys...)))
	t.Cleanup(service.Close)
	return service.URL
}

func ask(t *testing.T, digest hmac.Digest, key, url string) pythonClient {
	t.Helper()
	c := runClient(t, digest, key, url, "command")
	if c.Status != http.StatusOK || c.Body != served {
		t.Errorf("answered %+v", c)
	}
	return c
}

// One trace; the bridge; what came in goes out: there is one trace with all
// parents through Python, Go and Python, and all requests are signed with the
// client's key.
func TestPythonGoPython(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testPythonGoPython(t, digest) })
	}
}

func testPythonGoPython(t *testing.T, digest hmac.Digest) {
	t.Helper()
	services := startServices(t, digest)
	for _, test := range rotation {
		t.Run(test.name, func(t *testing.T) {
			last := services[test.downstream]
			tracers, spans := newTracers(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
			first := ask(t, digest, test.client, tracing(t, last.url, tracers))
			if test.client == "wrong" {
				last.untraced(t)
				if n := len(spans.Ended()); n != 0 {
					t.Errorf("%d spans recorded", n)
				}
				return
			}
			out, in := pair(t, spans)
			hangsUnder(t, in, first.BaseID, first.ID)
			if out.Parent().SpanID() != in.SpanContext().SpanID() || out.SpanContext().TraceID() != in.SpanContext().TraceID() {
				t.Errorf("the client span's parent %s, want %s", out.Parent().SpanID(), in.SpanContext().SpanID())
			}
			if !test.traced {
				last.untraced(t)
				return
			}
			seen := last.traced(t)
			if seen.BaseID != first.BaseID || low(seen.ParentID) != out.SpanContext().SpanID().String() || seen.Key != test.client {
				t.Errorf("downstream saw %+v; the client %+v, the span %s", seen, first, out.SpanContext().SpanID())
			}
		})
	}
}

// pair returns the client's and the server's span of one request.
func pair(t *testing.T, spans *tracetest.SpanRecorder) (client, server sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, span := range spans.Ended() {
		if span.SpanKind() == trace.SpanKindClient {
			client = span
		} else if span.SpanKind() == trace.SpanKindServer {
			server = span
		}
	}
	if len(spans.Ended()) != 2 || client == nil || server == nil {
		t.Fatalf("%d spans, not one of a client and one of a server", len(spans.Ended()))
	}
	return client, server
}

// What came in goes out: a service that opens no span passes on the same
// parent_id, and signs with the same key.
func TestPassOn(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testPassOn(t, digest) })
	}
}

func testPassOn(t *testing.T, digest hmac.Digest) {
	t.Helper()
	services := startServices(t, digest)
	both := propagation.New(mustKeys(t, rotated)...)
	proxy := func(t *testing.T, to string) string {
		t.Helper()
		target, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		service := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			ctx := both.Extract(r.In.Context(), otelpropagation.HeaderCarrier(r.In.Header))
			for _, name := range both.Fields() {
				r.Out.Header.Del(name)
			}
			both.Inject(ctx, otelpropagation.HeaderCarrier(r.Out.Header))
		}})
		t.Cleanup(service.Close)
		return service.URL
	}
	withoutSpans := func(t *testing.T, to string) string {
		t.Helper()
		return tracing(t, to, noop.NewTracerProvider())
	}
	for name, through := range map[string]func(t *testing.T, to string) string{
		"a ReverseProxy": proxy,
		"a noop tracer":  withoutSpans,
		"one after the other": func(t *testing.T, to string) string {
			t.Helper()
			return proxy(t, withoutSpans(t, to))
		},
	} {
		for _, test := range rotation {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				last := services[test.downstream]
				first := ask(t, digest, test.client, through(t, last.url))
				if !test.traced {
					last.untraced(t)
					return
				}
				seen := last.traced(t)
				if seen.BaseID != first.BaseID || seen.ParentID != first.ID || seen.Key != test.client {
					t.Errorf("downstream saw %+v, the client sent %+v", seen, first)
				}
			})
		}
	}
}

// rootIDs makes root spans whose id is the last half of the trace id.
type rootIDs struct{}

func (rootIDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	for i := range id {
		id[i] = byte(rand.Uint32() | 1)
	}
	return id, trace.SpanID(id[8:])
}

func (rootIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	return trace.SpanID{1, byte(rand.Uint32())}
}
