// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

const (
	strangersTrace  = "0af7651916cd43dd8448eb211c80319c"
	strangersSpan   = "b7ad6b7169203331"
	strangersParent = "00-" + strangersTrace + "-" + strangersSpan + "-01"
	requestID       = "req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"
)

var everything = Policy{Share: 1}

func mustKey(t testing.TB, secret string, digests ...hmac.Digest) hmac.Key {
	t.Helper()
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustNew(t testing.TB, p Policy, opts ...Option) *Gateway {
	t.Helper()
	g, err := New(p, append([]Option{WithHMACKeys(mustKey(t, "SECRET_KEY"))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// tracers returns a provider that samples only the requests that a gateway
// chooses, and the recorder of its spans.
func tracers() (Option, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return WithTracerProvider(sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())), sdktrace.WithSpanProcessor(spans))), spans
}

// header returns a header with names and values, which are given in turn. It keeps
// the spelling of the names.
func header(namesAndValues ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(namesAndValues); i += 2 {
		h[namesAndValues[i]] = append(h[namesAndValues[i]], namesAndValues[i+1])
	}
	return h
}

func signed(key hmac.Key) http.Header {
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b", ParentID: "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"})
	return header(httpheader.TraceInfo, info, httpheader.TraceHMAC, mac)
}

func with(h http.Header, namesAndValues ...string) http.Header {
	h = h.Clone()
	maps.Copy(h, header(namesAndValues...))
	return h
}

// pass makes a gateway serve a request with a header. It returns the request that
// the gateway passed on, its decision, and the answer.
func pass(t *testing.T, g *Gateway, h http.Header) (passed *http.Request, decision Decision, answer *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v2.1/servers", nil)
	maps.Copy(r.Header, h)
	before := r.Header.Clone()
	_, decision = g.Decide(r)
	answer = httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed = r
		w.Header().Set(httpheader.RequestID, requestID)
	})).ServeHTTP(answer, r)
	if passed == nil {
		t.Fatal("the request was lost")
	}
	if !maps.EqualFunc(before, r.Header, func(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }) {
		t.Errorf("the caller's request was changed from %v to %v", before, r.Header)
	}
	return passed, decision, answer
}

// The gateway treats signed headers as the package documentation says.
func TestSigned(t *testing.T) {
	key, other := mustKey(t, "SECRET_KEY"), mustKey(t, "ANOTHER_KEY")
	second := mustKey(t, "SECOND_KEY", hmac.SHA256)
	ours := signed(key)
	for _, test := range []struct {
		name    string
		header  http.Header
		passed  http.Header
		decides Decision
	}{
		{"nothing", nil, nil, DecisionNone},
		{"ours", ours, ours, DecisionSigned},
		{"a second key of ours, in SHA-256", signed(second), signed(second), DecisionSigned},
		{"ours, with a traceparent", with(ours, headerTraceparent, strangersParent), with(ours, headerTraceparent, strangersParent), DecisionSigned},
		{"another key's", signed(other), nil, DecisionNone},
		{"no signature", header(httpheader.TraceInfo, ours[httpheader.TraceInfo][0]), nil, DecisionNone},
		{"nothing signed", header(httpheader.TraceHMAC, ours[httpheader.TraceHMAC][0]), nil, DecisionNone},
		{"a signature twice", http.Header{httpheader.TraceInfo: ours[httpheader.TraceInfo], httpheader.TraceHMAC: append(ours[httpheader.TraceHMAC], "x")}, nil, DecisionNone},
		{"with underscores", header("X_trace_info", ours[httpheader.TraceInfo][0], "X_trace_hmac", ours[httpheader.TraceHMAC][0]), nil, DecisionNone},
		{"one underscore", header("X-Trace_info", ours[httpheader.TraceInfo][0], "X_trace-HMAC", ours[httpheader.TraceHMAC][0]), nil, DecisionNone},
		{"in lower case", header("x-trace-info", ours[httpheader.TraceInfo][0], "x-trace-hmac", ours[httpheader.TraceHMAC][0]), nil, DecisionNone},
		{"ours, and one with underscores", with(ours, "X_TRACE_INFO", "x"), ours, DecisionSigned},
		{"names of the same length", header("X-Auth-Token", "a", "X-Trace-Inf0", "b", "X.Trace.Info", "c"), header("X-Auth-Token", "a", "X-Trace-Inf0", "b", "X.Trace.Info", "c"), DecisionNone},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := mustNew(t, Policy{}, WithHMACKeys(key, second))
			passed, decision, _ := pass(t, g, test.header)
			if decision != test.decides {
				t.Errorf("decision %s, want %s", decision, test.decides)
			}
			if test.passed == nil {
				test.passed = http.Header{}
			}
			if !maps.EqualFunc(passed.Header, test.passed, func(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }) {
				t.Errorf("passed on with %v, want %v", passed.Header, test.passed)
			}
		})
	}
}

// The gateway's span, traceparent, the signature and the request id of a chosen
// request name the same trace, whatever headers came in.
func TestChosen(t *testing.T) {
	for _, digest := range []hmac.Digest{hmac.SHA1, hmac.SHA256} {
		t.Run(digest.String(), func(t *testing.T) {
			key := mustKey(t, "SECRET_KEY", digest)
			provider, spans := tracers()
			g := mustNew(t, everything, WithHMACKeys(key, mustKey(t, "SECOND_KEY")), provider, WithTraceResponse(),
				WithSpanNameFormatter(func(r *http.Request) string { return r.Method + " nova" }))
			passed, decision, answer := pass(t, g, with(signed(mustKey(t, "ANOTHER_KEY")),
				"Connection", "keep-alive, X-Trace-Info, x-trace-hmac, TraceParent, Upgrade", "Baggage", "a=b", "X-Openstack-Nova-Api-Version", "2.37"))
			if decision != DecisionShare {
				t.Errorf("decision %s", decision)
			}
			ended := spans.Ended()
			if len(ended) != 1 {
				t.Fatalf("%d spans", len(ended))
			}
			sc := ended[0].SpanContext()
			info, _, err := hmac.Keys{key}.SignedUnpack(passed.Header.Get(hmac.HeaderInfo), passed.Header.Get(hmac.HeaderHMAC))
			if err != nil || info.BaseID != propagation.BaseID(sc.TraceID()) || info.ParentID != propagation.ParentID(sc.TraceID(), sc.SpanID()) {
				t.Errorf("signed %+v, %v; the span is %s of trace %s", info, err, sc.SpanID(), sc.TraceID())
			}
			for name, want := range map[string]string{
				"Traceparent":                  "00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-01",
				"X-Openstack-Request-Id":       "req-" + info.BaseID,
				"Connection":                   "keep-alive, Upgrade",
				"Baggage":                      "a=b",
				"X-Openstack-Nova-Api-Version": "2.37",
			} {
				if got := passed.Header.Get(name); got != want {
					t.Errorf("passed on with %s: %q, want %q", name, got, want)
				}
			}
			if got := answer.Header().Get("Traceresponse"); got != passed.Header.Get("Traceparent") {
				t.Errorf("answered with Traceresponse: %q", got)
			}
			if got := answer.Header()[httpheader.RequestID]; len(got) != 1 || got[0] != requestID {
				t.Errorf("answered with the request id %q, and the service's is %q", got, requestID)
			}
			if ended[0].Name() != "GET nova" || ended[0].Parent().IsValid() {
				t.Errorf("the span is %q below %s", ended[0].Name(), ended[0].Parent().SpanID())
			}
			attributes := attribute.NewSet(ended[0].Attributes()...)
			for key, want := range map[attribute.Key]string{DecisionKey: "share", otelhttp.RequestIDKey: requestID, "url.path": "/v2.1/servers"} {
				if got, _ := attributes.Value(key); got.AsString() != want {
					t.Errorf("the span's %s is %q, want %q", key, got.AsString(), want)
				}
			}
		})
	}
}

// The gateway keeps a request id that the caller has set.
func TestRequestIDStays(t *testing.T) {
	provider, _ := tracers()
	passed, decision, answer := pass(t, mustNew(t, Policy{RequestIDs: []string{requestID}}, provider), header(httpheader.RequestID, requestID))
	if decision != DecisionRequestID || passed.Header.Get(httpheader.RequestID) != requestID || passed.Header.Get(hmac.HeaderHMAC) == "" {
		t.Errorf("decision %s, passed on with %v", decision, passed.Header)
	}
	if got := answer.Header().Get("Traceresponse"); got != "" {
		t.Errorf("answered with Traceresponse: %q, unasked", got)
	}
}

// The caller's Host, which most proxies pass on, does not keep the gateway from
// signing: a service behind it is in the gateway's trace.
func TestHostOfCaller(t *testing.T) {
	key := mustKey(t, "SECRET_KEY")
	served := tracetest.NewSpanRecorder()
	service := httptest.NewServer(otelhttp.NewHandler(http.NotFoundHandler(), "nova", otelhttp.WithHMACKeys(key),
		otelhttp.WithPropagators(otelpropagation.TraceContext{}),
		otelhttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdk.SignedSampler(nil)), sdktrace.WithSpanProcessor(served)))))
	defer service.Close()
	upstream, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	provider, spans := tracers()
	front := httptest.NewServer(mustNew(t, everything, provider).Handler(httputil.NewSingleHostReverseProxy(upstream)))
	defer front.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/v2.1/servers", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound || len(resp.Header[httpheader.RequestID]) != 1 {
		t.Errorf("answer %d with request ids %q", resp.StatusCode, resp.Header[httpheader.RequestID])
	}
	front.Close() // waits for the spans' end
	of, at := spans.Ended(), served.Ended()
	if len(of) != 1 || len(at) != 1 || at[0].Parent().SpanID() != of[0].SpanContext().SpanID() || at[0].SpanContext().TraceID() != of[0].SpanContext().TraceID() {
		t.Fatalf("spans of the gateway: %v; of the service: %v", of, at)
	}
}

// Some servers answer TRACE with the headers that they received, and so would give
// the signature to the caller.
func TestTraceMethod(t *testing.T) {
	p := Policy{Share: 1, RequestIDs: []string{requestID}, Rules: []Rule{{Share: 1, Methods: []string{http.MethodTrace}}}}
	provider, _ := tracers()
	server := httptest.NewServer(mustNew(t, p, provider).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Header.Write(w)
	})))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodTrace, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header("X-Openstack-Request-Id", requestID)
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || strings.Contains(string(body), httpheader.TraceHMAC) || !strings.Contains(string(body), requestID) {
		t.Errorf("%v, the caller learns\n%s", err, body)
	}
}

// A server that is instrumented itself, as Caddy is with its directive tracing,
// has put the request into the stranger's trace before the gateway sees it.
func TestSpanAround(t *testing.T) {
	for _, setting := range []Traceparent{DropTraceparent, RestartTraceparent, TrustTraceparent} {
		provider, spans := tracers()
		g := mustNew(t, everything, provider, WithTraceparent(setting))
		propagators := otelpropagation.TraceContext{}
		server := contrib.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			propagators.Inject(r.Context(), otelpropagation.HeaderCarrier(r.Header))
			g.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
		}), "server", contrib.WithPropagators(propagators), contrib.WithTracerProvider(sdktrace.NewTracerProvider()))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = header(headerTraceparent, strangersParent)
		server.ServeHTTP(httptest.NewRecorder(), r)
		span := spans.Ended()[0]
		if got := span.SpanContext().TraceID().String() == strangersTrace; got != (setting == TrustTraceparent) {
			t.Errorf("%s: the span is in trace %s below %s", setting, span.SpanContext().TraceID(), span.Parent().SpanID())
		}
	}
}

func TestTraceparent(t *testing.T) {
	state := []string{headerTraceparent, strangersParent, headerTracestate, "a=b"}
	for _, test := range []struct {
		setting        Traceparent
		chosen         bool
		passed         bool // the stranger's own is passed on
		parent, linked bool
	}{
		{setting: DropTraceparent},
		{setting: DropTraceparent, chosen: true},
		{setting: RestartTraceparent},
		{setting: RestartTraceparent, chosen: true, linked: true},
		{setting: TrustTraceparent, passed: true},
		{setting: TrustTraceparent, chosen: true, parent: true},
	} {
		name := test.setting.String()
		if test.chosen {
			name += ", chosen"
		}
		t.Run(name, func(t *testing.T) {
			p := Policy{}
			if test.chosen {
				p = everything
			}
			provider, spans := tracers()
			passed, _, _ := pass(t, mustNew(t, p, provider, WithTraceparent(test.setting)), header(state...))
			if !test.chosen {
				if got := passed.Header.Get(headerTraceparent) == strangersParent && passed.Header.Get(headerTracestate) == "a=b"; got != test.passed ||
					!got && (passed.Header[headerTraceparent] != nil || passed.Header[headerTracestate] != nil) {
					t.Errorf("passed on with %v", passed.Header)
				}
				return
			}
			span := spans.Ended()[0]
			if got := span.Parent().SpanID().String() == strangersSpan && span.SpanContext().TraceID().String() == strangersTrace; got != test.parent || !got && span.Parent().IsValid() {
				t.Errorf("the span is in trace %s below %s", span.SpanContext().TraceID(), span.Parent().SpanID())
			}
			if got := len(span.Links()) == 1 && span.Links()[0].SpanContext.SpanID().String() == strangersSpan; got != test.linked {
				t.Errorf("links %v", span.Links())
			}
			info, _, err := hmac.Keys{mustKey(t, "SECRET_KEY")}.SignedUnpack(passed.Header.Get(httpheader.TraceInfo), passed.Header.Get(httpheader.TraceHMAC))
			if err != nil || info.BaseID != propagation.BaseID(span.SpanContext().TraceID()) {
				t.Errorf("signed %+v, %v", info, err)
			}
			if got := passed.Header.Get(headerTracestate); got != "" != test.parent {
				t.Errorf("passed on with tracestate %q", got)
			}
		})
	}
}

func TestTraceparentText(t *testing.T) {
	for _, want := range []Traceparent{DropTraceparent, RestartTraceparent, TrustTraceparent} {
		text, err := want.MarshalText()
		var got Traceparent
		if err2 := got.UnmarshalText(text); err != nil || err2 != nil || got != want {
			t.Errorf("%s is read as %s: %v", text, got, errors.Join(err, err2))
		}
	}
	var got Traceparent
	if err := got.UnmarshalText([]byte("Trust")); err == nil || got != DropTraceparent {
		t.Errorf("Trust is read as %s", got)
	}
	if text, err := Traceparent(3).MarshalText(); err == nil {
		t.Errorf("a value that is none of the three is written as %q", text)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, opts := range map[string][]Option{
		"no key":          nil,
		"the zero key":    {WithHMACKeys(hmac.Key{})},
		"no ring":         {WithKeyRing(nil)},
		"no such setting": {WithHMACKeys(mustKey(t, "SECRET_KEY")), WithTraceparent(3)},
	} {
		if _, err := New(Policy{}, opts...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(Policy{}); !errors.Is(err, hmac.ErrNoKeys) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := New(Policy{Share: 2}, WithHMACKeys(mustKey(t, "SECRET_KEY"))); err == nil {
		t.Error("no error for a policy that is not valid")
	}
}

// When all keys are removed, requests are passed on, and signed headers, which
// can't be verified, are removed.
func TestNoKeysLeft(t *testing.T) {
	key := mustKey(t, "SECRET_KEY")
	ring := hmac.NewKeyRing(key)
	provider, spans := tracers()
	g := mustNew(t, everything, WithKeyRing(ring), provider)
	ring.Set()
	if passed, decision, _ := pass(t, g, signed(key)); decision != DecisionNone || len(passed.Header) != 0 || len(spans.Ended()) != 0 {
		t.Errorf("decision %s, passed on with %v", decision, passed.Header)
	}
}

// The rule "Silence is explained": the reason is told once.
func TestUnsignedIsExplained(t *testing.T) {
	for _, test := range []struct {
		provider Option
		says     string
	}{
		{WithTracerProvider(noop.NewTracerProvider()), "no OpenTelemetry SDK"},
		{WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))), "sampler"},
	} {
		var said []string
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { said = append(said, err.Error()) }))
		g := mustNew(t, everything, test.provider, WithTraceResponse(), WithTraceparent(RestartTraceparent))
		for range 2 {
			passed, _, answer := pass(t, g, header(headerTraceparent, "00-no-such-trace", headerTracestate, "a=b"))
			if passed.Header.Get(headerTraceparent) == "00-no-such-trace" || passed.Header[headerTracestate] != nil || passed.Header[httpheader.TraceInfo] != nil || passed.Header[httpheader.RequestID] != nil || answer.Header()["Traceresponse"] != nil {
				t.Errorf("passed on with %v", passed.Header)
			}
		}
		if len(said) != 1 || !strings.Contains(said[0], test.says) {
			t.Errorf("said %q, want one with %q", said, test.says)
		}
	}
}

// 10,000 requests come at once, while valid and invalid policies replace each
// other. Each request is answered, and as many are traced as the budget allows.
func TestBurst(t *testing.T) {
	const many = 10_000
	provider, spans := tracers()
	p := Policy{Share: 1, PerMinute: 7}
	g := mustNew(t, p, provider)
	var served, signed atomic.Int64
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		if r.Header.Get(hmac.HeaderHMAC) != "" {
			signed.Add(1)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			if w.Code != http.StatusAccepted {
				t.Errorf("request %d: %d", i, w.Code)
			}
			if i%100 == 0 && (g.SetPolicy(Policy{Share: -1}) == nil || g.SetPolicy(p) != nil) {
				t.Error("a bad policy was accepted, or a good one was not")
			}
		})
	}
	group.Wait()
	// The test takes less than a minute, in which the limit recovers by seven at most.
	if n := signed.Load(); served.Load() != many || n < 7 || n > 14 || len(spans.Ended()) != int(n) {
		t.Errorf("%d requests were served, %d signed, and %d have a span", served.Load(), n, len(spans.Ended()))
	}
}
