// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/sdk"
)

const caddyfile = `
{
	admin off
	auto_https off
}
http://%s {
	bind 127.0.0.1
	tracing {
		span proxy
	}
	reverse_proxy %s
}
`

// headers is a RoundTripper and a handler that keeps the headers of the last
// request.
type headers struct {
	mu   sync.Mutex
	last http.Header
}

func (h *headers) see(header http.Header) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = header.Clone()
}

func (h *headers) get(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last.Get(name)
}

func (h *headers) RoundTrip(r *http.Request) (*http.Response, error) {
	h.see(r.Header)
	return http.DefaultTransport.RoundTrip(r)
}

func (h *headers) ServeHTTP(_ http.ResponseWriter, r *http.Request) { h.see(r.Header) }

// A proxy that speaks W3C Trace Context and does not know OSProfiler stands
// between client and service. The signature passes it, the trace goes through
// its span ("One trace"), and without a signature it can't make the service
// record ("Signed means sampled").
func TestCaddy(t *testing.T) {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string][]hmac.Key{"signed": {key}, "not signed": nil} {
		t.Run(name, func(t *testing.T) {
			var sent, arrived headers
			w3c := otelhttp.WithPropagators(otelpropagation.TraceContext{})
			served, serviceSpans := newTracers(sdk.SignedSampler(nil))
			mux := http.NewServeMux()
			mux.Handle("GET /v1/images/{id}", &arrived)
			service := httptest.NewServer(otelhttp.NewHandler(mux, "registry", otelhttp.WithHMACKeys(key), w3c, served))
			defer service.Close()

			c := startCollector(t)
			proxy, stopProxy := startCaddy(t, service.Listener.Addr().String(), c)
			called, clientSpans := newTracers(sdktrace.AlwaysSample())
			client := http.Client{Timeout: limit, Transport: otelhttp.NewTransport(&sent, otelhttp.WithHMACKeys(keys...), w3c, called)}
			resp, err := client.Get("http://" + proxy + "/v1/images/1")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			stopProxy() // so that it exports

			for _, header := range []string{hmac.HeaderInfo, hmac.HeaderHMAC} {
				if arrived.get(header) != sent.get(header) || (sent.get(header) != "") != (keys != nil) {
					t.Errorf("%s was %q and arrived as %q", header, sent.get(header), arrived.get(header))
				}
			}
			of, atService, received := clientSpans.Ended(), serviceSpans.Ended(), c.received()
			if len(of) != 1 || len(received) != 1 {
				t.Fatalf("spans of the client: %v; of Caddy: %v", of, received)
			}
			clientSpan, caddySpan := of[0].SpanContext(), received[0]
			if caddySpan.TraceID != clientSpan.TraceID().String() || caddySpan.ParentSpanID != clientSpan.SpanID().String() {
				t.Errorf("Caddy's span %+v does not hang under the client's, %s of trace %s", caddySpan, clientSpan.SpanID(), clientSpan.TraceID())
			}
			if keys == nil {
				if len(atService) != 0 || !strings.HasSuffix(arrived.get("traceparent"), "-01") {
					t.Errorf("the service recorded %v for traceparent %s", atService, arrived.get("traceparent"))
				}
				return
			}
			if len(atService) != 1 {
				t.Fatalf("%d spans of the service", len(atService))
			}
			if s := atService[0]; s.SpanContext().TraceID() != clientSpan.TraceID() || s.Parent().SpanID().String() != caddySpan.SpanID || len(s.Links()) != 0 {
				t.Errorf("the service's span, of trace %s below %s, does not hang under Caddy's, %+v", s.SpanContext().TraceID(), s.Parent().SpanID(), caddySpan)
			}
		})
	}
}

func newTracers(sampler sdktrace.Sampler) (otelhttp.Option, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return otelhttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(spans))), spans
}

// startCaddy starts Caddy in front of a service.
func startCaddy(t *testing.T, service string, c *collector) (address string, stop func()) {
	t.Helper()
	address = freePorts(t, 1)[0]
	dir := t.TempDir()
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, fmt.Appendf(nil, caddyfile, address, service), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = start(t, []string{
		"XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + c.grpc, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
	}, []string{address}, "caddy", "run", "--config", file, "--adapter", "caddyfile")
	return address, stop
}
