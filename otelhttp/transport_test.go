// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

func mustKey(tb testing.TB, secret string, digests ...hmac.Digest) hmac.Key {
	tb.Helper()
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// recorder returns a tracer provider, and the recorder of its spans.
func recorder(opts ...sdktrace.TracerProviderOption) (*sdktrace.TracerProvider, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(append(opts, sdktrace.WithSpanProcessor(spans))...), spans
}

func attributes(span sdktrace.ReadOnlySpan) map[string]attribute.Value {
	found := map[string]attribute.Value{}
	for _, kv := range span.Attributes() {
		found[string(kv.Key)] = kv.Value
	}
	return found
}

// service answers with 200, or with a redirect where redirects has the path,
// and keeps the headers that it saw.
type service struct {
	*httptest.Server
	redirects map[string]string

	mu   sync.Mutex
	seen map[string]http.Header
}

func newService(t *testing.T) *service {
	s := &service{redirects: map[string]string{}, seen: map[string]http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen[r.URL.Path] = r.Header.Clone()
		if location := s.redirects[r.URL.Path]; location != "" {
			http.Redirect(w, r, location, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) header(path string) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[path]
}

func get(t *testing.T, client *http.Client, ctx context.Context, url string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

// One trace; the bridge: both kinds of header have the span's ids.
func TestTransportSendsTheSpan(t *testing.T) {
	key := mustKey(t, "k")
	for name, propagators := range map[string]otelpropagation.TextMapPropagator{
		"W3C":                otelpropagation.TraceContext{},
		"W3C and OSProfiler": propagation.New(mustKey(t, "another")),
		"none":               otelpropagation.NewCompositeTextMapPropagator(),
	} {
		server := newService(t)
		provider, spans := recorder()
		client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider), WithPropagators(propagators), WithHMACKeys(key))}
		get(t, client, t.Context(), server.URL+"/a", nil)
		ended := spans.Ended()
		if len(ended) != 1 {
			t.Fatalf("%s: %d spans", name, len(ended))
		}
		sc := ended[0].SpanContext()
		header := server.header("/a")
		info, _, err := hmac.Keys{key}.SignedUnpack(header.Get(hmac.HeaderInfo), header.Get(hmac.HeaderHMAC))
		want := hmac.TraceInfo{BaseID: propagation.BaseID(sc.TraceID()), ParentID: propagation.ParentID(sc.TraceID(), sc.SpanID())}
		if err != nil || info != want {
			t.Errorf("%s: sent %+v, %v; want %+v", name, info, err, want)
		}
		if got := header.Get("traceparent"); (got == "") != (name == "none") || got != "" && !strings.Contains(got, sc.SpanID().String()) {
			t.Errorf("%s: traceparent %q", name, got)
		}
	}
}

// Only to the cloud, also after redirects.
func TestTransportSignsOnlyTrusted(t *testing.T) {
	key := mustKey(t, "k")
	cloud, other, elsewhere := newService(t), newService(t), newService(t)
	cloud.redirects["/within"] = "/landed"
	cloud.redirects["/to-other"] = other.URL + "/from-cloud"
	cloud.redirects["/away"] = elsewhere.URL + "/from-cloud"
	elsewhere.redirects["/back"] = cloud.URL + "/returned"
	cloud.redirects["/there-and-back"] = elsewhere.URL + "/back"
	listed, err := Endpoints(cloud.URL+"/v3", other.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		trusted Trust
		get     string
		at      *service
		path    string
		signed  bool
	}{
		{"listed", listed, cloud.URL + "/direct", cloud, "/direct", true},
		{"listed, redirected within", listed, cloud.URL + "/within", cloud, "/landed", true},
		{"listed, redirected to another that is listed", listed, cloud.URL + "/to-other", other, "/from-cloud", true},
		{"listed, redirected away", listed, cloud.URL + "/away", elsewhere, "/from-cloud", false},
		{"listed, not listed", listed, elsewhere.URL + "/download", elsewhere, "/download", false},
		{"no list", nil, cloud.URL + "/direct", cloud, "/direct", true},
		{"no list, redirected within", nil, cloud.URL + "/within", cloud, "/landed", true},
		{"no list, redirected to another", nil, cloud.URL + "/to-other", other, "/from-cloud", false},
		{"no list, there and back", nil, cloud.URL + "/there-and-back", elsewhere, "/back", false},
		{"no list, back again", nil, cloud.URL + "/there-and-back", cloud, "/returned", true},
	} {
		for _, by := range []string{"the transport", "the propagators", "the caller"} {
			provider, _ := recorder()
			opts := []Option{WithTracerProvider(provider), WithTrusted(test.trusted)}
			header := http.Header{}
			switch by {
			case "the transport":
				opts = append(opts, WithHMACKeys(key))
			case "the propagators":
				opts = append(opts, WithPropagators(propagation.New(key)))
			case "the caller":
				info, mac := key.SignedPack(hmac.TraceInfo{BaseID: "1"})
				header.Set(hmac.HeaderInfo, info)
				header.Set(hmac.HeaderHMAC, mac)
			}
			get(t, &http.Client{Transport: NewTransport(nil, opts...)}, t.Context(), test.get, header)
			seen := test.at.header(test.path)
			if seen == nil {
				t.Fatalf("%s: %s did not arrive", test.name, test.path)
			}
			for _, name := range []string{hmac.HeaderInfo, hmac.HeaderHMAC} {
				if got := seen.Get(name) != ""; got != test.signed {
					t.Errorf("%s, signed by %s: %s arrived: %v", test.name, by, name, got)
				}
			}
		}
	}
}

func TestTransportWithoutResponseRequestTrustsNoRedirect(t *testing.T) {
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/first" {
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"/second"}}, Body: http.NoBody}, nil
		}
		if r.Header.Get(hmac.HeaderInfo) != "" {
			t.Error("signed, though nobody knows where the program sent it")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	provider, _ := recorder()
	get(t, &http.Client{Transport: NewTransport(base, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")))},
		t.Context(), "http://cloud.example/first", nil)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What came in goes out: a program that opens no span passes on the ids that it
// received, and signs with the key that verified them.
func TestTransportPassesOn(t *testing.T) {
	current, previous := mustKey(t, "current"), mustKey(t, "previous")
	server := newService(t)
	in := http.Header{}
	want := hmac.TraceInfo{BaseID: "b74f3410-5463-852d-9c43-4723dde138d8", ParentID: "9c25b2db-f6ba-d673-423e-96d038e9de81"}
	info, mac := previous.SignedPack(want)
	in.Set(hmac.HeaderInfo, info)
	in.Set(hmac.HeaderHMAC, mac)
	ctx := propagation.New(current, previous).Extract(t.Context(), otelpropagation.HeaderCarrier(in))
	client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(noop.NewTracerProvider()), WithHMACKeys(current))}
	get(t, client, ctx, server.URL+"/a", nil)
	if got := server.header("/a"); got.Get(hmac.HeaderInfo) != info || got.Get(hmac.HeaderHMAC) != mac {
		t.Errorf("sent %v", got)
	}
}

// A gateway has no key and copies headers, as httputil.ReverseProxy does.
func TestTransportLeavesCopiedHeaders(t *testing.T) {
	server := newService(t)
	info, mac := mustKey(t, "not known here").SignedPack(hmac.TraceInfo{BaseID: "1"})
	provider, _ := recorder()
	get(t, &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider))}, t.Context(), server.URL+"/a",
		http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}})
	if got := server.header("/a"); got.Get(hmac.HeaderInfo) != info || got.Get(hmac.HeaderHMAC) != mac {
		t.Errorf("sent %v", got)
	}
}

// Signed headers that a program copied from another request, both of them or only
// one, are replaced if this request can be signed.
func TestTransportReplacesCopiedHeaders(t *testing.T) {
	server := newService(t)
	key := mustKey(t, "k")
	provider, _ := recorder()
	client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider))}
	ctx := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: key})
	for _, copied := range []http.Header{{"X-Trace-Info": {"stale"}}, {"X-Trace-Hmac": {"stale"}}, {"X-Trace-Info": {"stale"}, "X-Trace-Hmac": {"stale"}}} {
		get(t, client, ctx, server.URL+"/a", copied)
		got := server.header("/a")
		if _, _, err := (hmac.Keys{key}).SignedUnpack(got.Get(hmac.HeaderInfo), got.Get(hmac.HeaderHMAC)); err != nil {
			t.Errorf("of %v was sent %v: %v", copied, got, err)
		}
	}
}

// Headers that another propagator signed are kept if the Transport has no key.
func TestTransportLeavesWhatPropagatorsSigned(t *testing.T) {
	server := newService(t)
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		opts []Option
		want bool
	}{
		"no keys":       {nil, true},
		"an empty ring": {[]Option{WithHMACKeys()}, true},
		"keys":          {[]Option{WithHMACKeys(key)}, false},
	} {
		provider, _ := recorder()
		opts := append([]Option{WithTracerProvider(provider), WithPropagators(foreignPropagator{})}, test.opts...)
		get(t, &http.Client{Transport: NewTransport(nil, opts...)}, t.Context(), server.URL+"/a", nil)
		if got := server.header("/a").Get(hmac.HeaderInfo); (got == "foreign") != test.want || got == "" {
			t.Errorf("%s: sent %s", name, got)
		}
	}
}

type foreignPropagator struct{ otelpropagation.TraceContext }

func (foreignPropagator) Inject(_ context.Context, carrier otelpropagation.TextMapCarrier) {
	carrier.Set(hmac.HeaderInfo, "foreign")
	carrier.Set(hmac.HeaderHMAC, "foreign")
}

// Signed means sampled.
func TestTransportSignsOnlySampled(t *testing.T) {
	server := newService(t)
	provider, _ := recorder(sdktrace.WithSampler(sdktrace.NeverSample()))
	client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithPropagators(otelpropagation.TraceContext{}))}
	get(t, client, t.Context(), server.URL+"/a", nil)
	if got := server.header("/a"); got.Get(hmac.HeaderInfo) != "" || !strings.HasSuffix(got.Get("traceparent"), "-00") {
		t.Errorf("sent %v", got)
	}
}

func TestTransportSpan(t *testing.T) {
	server := newService(t)
	server.redirects["/1"] = "/2"
	server.redirects["/2"] = "/3"
	provider, spans := recorder()
	client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider),
		WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " {id}" }),
		WithSpanOptions(trace.WithAttributes(attribute.String("extra", "yes"))))}
	get(t, client, t.Context(), server.URL+"/1?temp_url_sig=da39", nil)
	ended := spans.Ended()
	if len(ended) != 3 {
		t.Fatalf("%d spans", len(ended))
	}
	for i, span := range ended {
		found := attributes(span)
		if span.Name() != "GET {id}" || span.SpanKind() != trace.SpanKindClient || found["extra"].AsString() != "yes" {
			t.Errorf("span %+v", span)
		}
		if got, ok := found["http.request.resend_count"]; got.AsInt64() != int64(i) || ok != (i > 0) {
			t.Errorf("redirect %d has resend count %d, %v", i, got.AsInt64(), ok)
		}
	}
	if got, want := attributes(ended[0])["url.full"].AsString(), server.URL+"/1?temp_url_sig=REDACTED"; got != want {
		t.Errorf("url.full is %s, want %s", got, want)
	}
}

func TestTransportFilter(t *testing.T) {
	server := newService(t)
	provider, spans := recorder()
	client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithPropagators(otelpropagation.TraceContext{}),
		WithFilter(func(r *http.Request) bool { return r.URL.Path != "/health" }))}
	get(t, client, t.Context(), server.URL+"/health", nil)
	if got := server.header("/health"); len(spans.Ended()) != 0 || got.Get("traceparent") != "" || got.Get(hmac.HeaderInfo) != "" {
		t.Errorf("traced nevertheless: %v", got)
	}
	get(t, client, t.Context(), server.URL+"/a", nil)
	if len(spans.Ended()) != 1 {
		t.Error("not traced")
	}
}

// Only to the cloud: signed headers that a program copied into a request go
// only to the cloud, also if the request is not traced.
func TestTransportFilterAndTrust(t *testing.T) {
	cloud, elsewhere := newService(t), newService(t)
	trusted, err := Endpoints(cloud.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: NewTransport(nil, WithTrusted(trusted), WithFilter(func(*http.Request) bool { return false }))}
	for server, want := range map[*service]bool{cloud: true, elsewhere: false} {
		header := signedHeader(mustKey(t, "k"), hmac.TraceInfo{BaseID: "1"})
		get(t, client, t.Context(), server.URL+"/health", header)
		if got := server.header("/health").Get(hmac.HeaderHMAC) != ""; got != want || header.Get(hmac.HeaderHMAC) == "" {
			t.Errorf("trusted %v: signed headers arrived: %v", want, got)
		}
	}
}

// First, do no harm: a request without a URL returns the same error as without
// the library.
func TestTransportWithoutURL(t *testing.T) {
	_, want := http.DefaultTransport.RoundTrip(&http.Request{Header: http.Header{}})
	_, got := NewTransport(nil).RoundTrip(&http.Request{Header: http.Header{}})
	if got == nil || got.Error() != want.Error() {
		t.Errorf("got %v, want %v", got, want)
	}
}

// First, do no harm.
func TestTransportDoesNoHarm(t *testing.T) {
	failure := errors.New("as it would be")
	closed := false
	base := &closer{roundTripper(func(*http.Request) (*http.Response, error) { return nil, failure }), &closed}
	provider, spans := recorder()
	transport := NewTransport(base, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = nil
	if _, err := transport.RoundTrip(r); err != failure { //nolint:errorlint // the same error, and not one that wraps it
		t.Errorf("got %v", err)
	}
	if r.Header != nil || len(spans.Ended()) != 1 {
		t.Error("the caller's request was changed, or its span was not ended")
	}
	(&http.Client{Transport: transport}).CloseIdleConnections()
	if !closed {
		t.Error("idle connections were not closed")
	}
}

type closer struct {
	http.RoundTripper
	closed *bool
}

func (c *closer) CloseIdleConnections() { *c.closed = true }

func TestEndpointsRefuses(t *testing.T) {
	for _, endpoint := range []string{"", "cloud.example", "//cloud.example", "ftp://cloud.example", "http://", "http://[::1", "http://u:secret@"} {
		if _, err := Endpoints("http://cloud.example", endpoint); err == nil {
			t.Errorf("%q was accepted", endpoint)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v shows a password", err)
		}
	}
}
