// SPDX-License-Identifier: Apache-2.0

package http_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/otelhttp"
)

// collector is an OTLP receiver, with exporters that send to it.
type collector struct {
	*httptest.Server
	tracers *sdktrace.TracerProvider
	meters  *sdkmetric.MeterProvider

	mu      sync.Mutex
	spans   []string // the names of the spans that arrived
	metrics []string
}

// newCollector returns a receiver to which all spans go in one batch.
func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	host := strings.TrimPrefix(c.URL, "http://")
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(host), otlptracehttp.WithInsecure(), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(host), otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
	if err != nil {
		t.Fatal(err)
	}
	c.tracers = sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	c.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)))
	return c
}

// ServeHTTP accepts the exporters' requests.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path == "/v1/traces" {
		var request collectortrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					c.spans = append(c.spans, span.GetName())
				}
			}
		}
		return
	}
	var request collectormetrics.ExportMetricsServiceRequest
	if err := proto.Unmarshal(data, &request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				c.metrics = append(c.metrics, metric.GetName())
			}
		}
	}
}

// arrived exports the recorded spans and metrics, and returns the names of the
// spans and the number of the metrics.
func (c *collector) arrived(t *testing.T) (spans []string, metrics int) {
	t.Helper()
	if err := errors.Join(c.tracers.Shutdown(t.Context()), c.meters.Shutdown(t.Context())); err != nil {
		t.Errorf("the exporter: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spans, len(c.metrics)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// brokenBody is a body whose first byte can't be read.
type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }
func (brokenBody) Close() error               { return nil }

// First, do no harm: one text that is not UTF-8 would cost every span of the
// batch, and every metric.
func TestClientTextsThatAreNotUTF8(t *testing.T) {
	bad := errors.New("lookup \xff.example: no such host")
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		answer := &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", Body: http.NoBody, Header: http.Header{}, Request: r}
		switch r.Header.Get("X-Answer") {
		case "error":
			return nil, bad
		case "body":
			answer.Body = brokenBody{bad}
		case "headers":
			answer.Header = http.Header{"X-Openstack-Request-Id": {"req-\xff"}, "Openstack-Api-Version": {"compute \xff"}}
		case "protocol":
			answer.Proto = "X\xff/\xff"
		case "redirect":
			if r.URL.RawQuery == "" {
				answer.StatusCode = http.StatusFound
				answer.Header.Set("Location", "/x?q=\xff")
			}
		}
		return answer, nil
	})
	for name, request := range map[string]*http.Request{
		"query":           {URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/", RawQuery: "q=\xff"}},
		"host":            {URL: &url.URL{Scheme: "http", Host: "\xff", Path: "/"}},
		"escaped host":    parsed(t, "http://%ff/"),
		"host with port":  {URL: &url.URL{Scheme: "http", Host: "a\xffb:8774", Path: "/"}},
		"path":            {URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/\xff"}},
		"raw path":        {URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/a", RawPath: "/\xff"}},
		"opaque":          {URL: &url.URL{Scheme: "http", Host: "cloud.example", Opaque: "//cloud.example/\xff"}},
		"scheme":          {URL: &url.URL{Scheme: "h\xff", Host: "cloud.example", Path: "/"}},
		"fragment":        {URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/", Fragment: "\xff"}},
		"user":            {URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/", User: url.UserPassword("\xff", "\xff")}},
		"method":          {Method: "G\xffT", URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"protocol":        {Proto: "X\xff/\xff", URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"Host":            {Host: "\xff", URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"Host header":     {Header: http.Header{"Host": {"\xff"}}, URL: &url.URL{Scheme: "http", Path: "/"}},
		"user agent":      {Header: http.Header{"User-Agent": {"\xff"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"microversion":    {Header: http.Header{"Openstack-Api-Version": {"compute \xff"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"answer: error":   {Header: http.Header{"X-Answer": {"error"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"answer: body":    {Header: http.Header{"X-Answer": {"body"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"answer: headers": {Header: http.Header{"X-Answer": {"headers"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"answer: proto":   {Header: http.Header{"X-Answer": {"protocol"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
		"redirect":        {Header: http.Header{"X-Answer": {"redirect"}}, URL: &url.URL{Scheme: "http", Host: "cloud.example", Path: "/"}},
	} {
		for _, library := range []string{"otelhttp", "gophercloudtrace"} {
			t.Run(name+"/"+library, func(t *testing.T) {
				c := newCollector(t)
				var transport http.RoundTripper = otelhttp.NewTransport(base, otelhttp.WithTracerProvider(c.tracers), otelhttp.WithMeterProvider(c.meters))
				if library == "gophercloudtrace" {
					provider := &gophercloud.ProviderClient{IdentityBase: "http://cloud.example/"}
					provider.UseTokenLock()
					provider.HTTPClient.Transport = base
					gophercloudtrace.Instrument(provider, gophercloudtrace.WithTracerProvider(c.tracers), gophercloudtrace.WithMeterProvider(c.meters))
					transport = provider.HTTPClient.Transport
				}
				send := func(r *http.Request) {
					resp, err := transport.RoundTrip(r)
					if err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
						if next, ok := resp.Header["Location"]; ok {
							u, err := r.URL.Parse(next[0])
							if err != nil {
								t.Fatal(err)
							}
							resp, err = transport.RoundTrip(&http.Request{Method: http.MethodGet, URL: u, Response: resp, Header: r.Header})
							if err == nil {
								_ = resp.Body.Close()
							}
						}
					}
				}
				r := request.Clone(t.Context())
				if r.Header == nil {
					r.Header = http.Header{}
				}
				send(r)
				send(parsed(t, "http://cloud.example/another"))
				spans, metrics := c.arrived(t)
				if want := 2 + strings.Count(name, "redirect"); len(spans) != want || metrics != 2 {
					t.Errorf("%d spans and %d metrics arrived, want %d and 2", len(spans), metrics, want)
				}
			})
		}
	}
}

func parsed(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// First, do no harm: the same holds for requests to a service. Each text is
// what a stranger writes to the connection.
func TestHandlerTextsThatAreNotUTF8(t *testing.T) {
	for name, request := range map[string]string{
		"path":                  "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n",
		"raw path":              "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
		"host of the target":    "GET http://\xff/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"user agent":            "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\r\n\r\n",
		"forwarded":             "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \xff, 10.0.0.1\r\n\r\n",
		"request id":            "GET / HTTP/1.1\r\nHost: a\r\nX-Openstack-Request-Id: req-\xff\r\n\r\n",
		"tracestate":            "GET / HTTP/1.1\r\nHost: a\r\nTraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nTracestate: a=\xff\r\n\r\n",
		"what it panics with":   "GET /panic HTTP/1.1\r\nHost: a\r\nX-Text: \xff\r\n\r\n",
		"its own request id":    "GET /answer HTTP/1.1\r\nHost: a\r\nX-Text: \xff\r\n\r\n",
		"its own name":          "GET /name/%ff HTTP/1.1\r\nHost: a\r\n\r\n",
		"not net/http's method": "GET /method HTTP/1.1\r\nHost: a\r\n\r\n",
		"not net/http's proto":  "GET /proto HTTP/1.1\r\nHost: a\r\n\r\n",
		"remote address, local": "GET /remote HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			handler := otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for what, text := range map[string]string{"path": r.URL.Path, "host": r.Host, "user agent": r.UserAgent()} {
					if strings.HasPrefix(name, what) && r.URL.Path != "/another" && utf8.ValidString(text) {
						t.Errorf("the handler does not see the %s as it came: %q", what, text)
					}
				}
				if r.URL.Path == "/panic" {
					panic(fmt.Errorf("no %s", r.Header.Get("X-Text")))
				}
			}), "service", otelhttp.WithTracerProvider(c.tracers), otelhttp.WithMeterProvider(c.meters),
				otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
					if strings.HasPrefix(r.URL.Path, "/name") {
						return r.URL.Path
					}
					return r.Method
				}))
			for _, text := range []string{request, "GET /another HTTP/1.1\r\nHost: a\r\n\r\n"} {
				r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
				if err != nil {
					t.Fatal(err)
				}
				r.RemoteAddr = "127.0.0.1:40000"
				switch r.URL.Path {
				case "/remote":
					r.RemoteAddr = "@\xff"
				case "/method":
					r.Method = "G\xffT"
				case "/proto":
					r.Proto = "HTTP/\xff"
				}
				w := httptest.NewRecorder()
				if r.URL.Path == "/answer" {
					w.Header().Set("X-Openstack-Request-Id", r.Header.Get("X-Text"))
				}
				func() {
					defer func() {
						if got := recover(); (got != nil) != (r.URL.Path == "/panic") {
							t.Errorf("recovered %v", got)
						}
					}()
					handler.ServeHTTP(w, r)
				}()
			}
			spans, metrics := c.arrived(t)
			if len(spans) != 2 || metrics != 3 {
				t.Errorf("%d spans and %d metrics arrived, want 2 and 3", len(spans), metrics)
			}
		})
	}
}
