// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

const (
	testTrace  = "b74f34105463852d9c434723dde138d8"
	testBase   = "b74f3410-5463-852d-9c43-4723dde138d8"
	testParent = "9c25b2db-f6ba-d673-423e-96d038e9de81"
	testSpan   = "423e96d038e9de81"
	otherTrace = "0af7651916cd43dd8448eb211c80319c"
	otherSpan  = "b7ad6b7169203331"
	globalID   = "req-0af76519-16cd-43dd-8448-eb211c80319c"
)

func signedHeader(key hmac.Key, t hmac.TraceInfo) http.Header {
	header := http.Header{}
	info, mac := key.SignedPack(t)
	header.Set(hmac.HeaderInfo, info)
	header.Set(hmac.HeaderHMAC, mac)
	return header
}

// serve sends one request to a handler and returns the answer and the span.
func serve(t *testing.T, header http.Header, next http.HandlerFunc, opts ...Option) (*httptest.ResponseRecorder, sdktrace.ReadOnlySpan) {
	t.Helper()
	provider, spans := recorder(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.AlwaysSample())))
	mux := http.NewServeMux()
	mux.Handle("GET /images/{id}", next)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/images/1", nil)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	NewHandler(mux, "registry", append([]Option{WithTracerProvider(provider), WithPropagators(otelpropagation.TraceContext{})}, opts...)...).ServeHTTP(w, r)
	ended := spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans", len(ended))
	}
	return w, ended[0]
}

// The design's rule for both kinds of header holds in whatever order a program
// composes the propagators.
func TestHandlerParent(t *testing.T) {
	key, unknown := mustKey(t, "current"), mustKey(t, "unknown")
	uuids := hmac.TraceInfo{BaseID: testBase, ParentID: testParent}
	orders := map[string]otelpropagation.TextMapPropagator{
		"W3C":              otelpropagation.TraceContext{},
		"ours":             propagation.New(key),
		"OSProfiler first": otelpropagation.NewCompositeTextMapPropagator(propagation.NewOSProfiler(key), otelpropagation.TraceContext{}),
		"with another key": propagation.New(unknown),
	}
	for _, test := range []struct {
		name              string
		header            http.Header
		traceparent       string
		traceID, parentID string
		link              string
	}{
		{"signed", signedHeader(key, uuids), "", testTrace, testSpan, ""},
		{"signed, same trace", signedHeader(key, uuids), "00-" + testTrace + "-" + otherSpan + "-00", testTrace, otherSpan, ""},
		{"signed, another trace", signedHeader(key, uuids), "00-" + otherTrace + "-" + otherSpan + "-00", testTrace, testSpan, otherTrace},
		{"wrong key", signedHeader(unknown, uuids), "", "", "", ""},
		{"wrong key, another trace", signedHeader(unknown, uuids), "00-" + otherTrace + "-" + otherSpan + "-01", otherTrace, otherSpan, ""},
		{"none", http.Header{}, "", "", "", ""},
		{"root", signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase}), "", testTrace, "", ""},
		{"root, same trace", signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase}), "00-" + testTrace + "-" + otherSpan + "-00", testTrace, otherSpan, ""},
		{"root, another trace", signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase}), "00-" + otherTrace + "-" + otherSpan + "-00", testTrace, "", otherTrace},
		{"unreadable parent", signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: "2"}), "", testTrace, "", ""},
		{"16 digits", signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: otherSpan}), "", testTrace, otherSpan, ""},
		{"not UUIDs", signedHeader(key, hmac.TraceInfo{BaseID: "1", ParentID: "2"}), "", "", "", ""},
		{"not UUIDs, traceparent", signedHeader(key, hmac.TraceInfo{BaseID: "1", ParentID: "2"}), "00-" + otherTrace + "-" + otherSpan + "-00", otherTrace, otherSpan, ""},
	} {
		for order, propagators := range orders {
			header := test.header.Clone()
			if test.traceparent != "" {
				header.Set("traceparent", test.traceparent)
			}
			_, span := serve(t, header, func(_ http.ResponseWriter, r *http.Request) {
				for name := range header {
					if r.Header.Get(name) != header.Get(name) {
						t.Errorf("%s: the handler does not see %s", test.name, name)
					}
				}
			}, WithHMACKeys(mustKey(t, "first"), key), WithPropagators(propagators))
			if test.traceID != "" && span.SpanContext().TraceID().String() != test.traceID {
				t.Errorf("%s, %s: trace %s, want %s", test.name, order, span.SpanContext().TraceID(), test.traceID)
			}
			if got := span.Parent().SpanID(); test.parentID == "" && got.IsValid() || test.parentID != "" && got.String() != test.parentID {
				t.Errorf("%s, %s: parent %s, want %s", test.name, order, got, test.parentID)
			}
			var links []string
			for _, link := range span.Links() {
				links = append(links, link.SpanContext.TraceID().String())
			}
			if got := strings.Join(links, " "); got != test.link {
				t.Errorf("%s, %s: link to %q, want %q", test.name, order, got, test.link)
			}
			if !span.SpanContext().IsSampled() {
				t.Errorf("%s, %s: not sampled", test.name, order)
			}
		}
	}
}

// Signed means sampled, and only that: with SignedSampler only a signature
// switches tracing on.
func TestHandlerSamplesOnlySigned(t *testing.T) {
	key := mustKey(t, "k")
	uuids := hmac.TraceInfo{BaseID: testBase, ParentID: testParent}
	for name, test := range map[string]struct {
		header http.Header
		want   bool
	}{
		"signed":      {signedHeader(key, uuids), true},
		"not UUIDs":   {signedHeader(key, hmac.TraceInfo{BaseID: "1"}), true},
		"wrong key":   {signedHeader(mustKey(t, "wrong"), uuids), false},
		"traceparent": {http.Header{"Traceparent": {"00-" + otherTrace + "-" + otherSpan + "-01"}}, false},
		"nothing":     {http.Header{}, false},
	} {
		provider, spans := recorder(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = test.header
		w := httptest.NewRecorder()
		NewHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") }), "registry",
			WithTracerProvider(provider), WithPropagators(propagation.New()), WithHMACKeys(key)).ServeHTTP(w, r)
		if got := len(spans.Ended()) == 1; got != test.want || w.Body.String() != "served" {
			t.Errorf("%s: recorded %v, answered %q", name, got, w.Body)
		}
	}
}

// What came in goes out: outgoing headers are signed with the key that verified
// the incoming ones. They are the same if no span is opened.
func TestHandlerSendsOn(t *testing.T) {
	current, previous := mustKey(t, "current"), mustKey(t, "previous")
	downstream := newService(t)
	for _, key := range []hmac.Key{current, previous, mustKey(t, "current", hmac.SHA256), mustKey(t, "previous", hmac.SHA256)} {
		header := signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
		header.Set("X-Openstack-Request-Id", globalID)
		provider, _ := recorder()
		client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider), WithHMACKeys(current))}
		_, span := serve(t, header, func(_ http.ResponseWriter, r *http.Request) { get(t, client, r.Context(), downstream.URL+"/a", nil) },
			WithHMACKeys(current, previous))
		sent := downstream.header("/a")
		info, by, err := hmac.Keys{current, previous}.SignedUnpack(sent.Get(hmac.HeaderInfo), sent.Get(hmac.HeaderHMAC))
		if err != nil || !by.SameSecret(key) || by.Digest() != key.Digest() || info.BaseID != testBase || info.ParentID == testParent {
			t.Errorf("sent on %+v, %v, with the key that came in: %v, in %s", info, err, by.SameSecret(key), by.Digest())
		}
		if got := span.SpanContext().TraceID().String(); got != testTrace {
			t.Errorf("trace %s", got)
		}
		if got := sent.Get("X-Openstack-Request-Id"); got != globalID {
			t.Errorf("global request id %q", got)
		}
	}
}

func TestHandlerSpan(t *testing.T) {
	key := mustKey(t, "k")
	ownID := regexp.MustCompile(`^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	header := signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	header.Set("X-Openstack-Request-Id", globalID)
	var logged bytes.Buffer
	w, span := serve(t, header, func(w http.ResponseWriter, r *http.Request) {
		slog.New(slog.NewJSONHandler(&logged, nil)).LogAttrs(r.Context(), slog.LevelInfo, "found", LogAttrs(r.Context())...)
		if w.Header().Get("X-Openstack-Request-Id") != RequestID(r.Context()) {
			t.Error("the handler can't see what is answered")
		}
	}, WithHMACKeys(key))
	found := attributes(span)
	own := w.Header().Get("X-Openstack-Request-Id")
	if !ownID.MatchString(own) || found["openstack.request_id"].AsString() != own || found["openstack.global_request_id"].AsString() != globalID {
		t.Errorf("answered %s, attributes %v", own, found)
	}
	if span.Name() != "GET /images/{id}" || found["http.route"].AsString() != "/images/{id}" || span.SpanKind() != trace.SpanKindServer {
		t.Errorf("span %s %v %v", span.Name(), span.SpanKind(), found)
	}
	// Python makes the first half of parent_id itself.
	if _, ok := found["osprofiler.base_id"]; ok || found["osprofiler.parent_id"].AsString() != testParent {
		t.Errorf("attributes %v", found)
	}
	var line map[string]string
	if err := json.Unmarshal(logged.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"trace_id": testTrace, "span_id": span.SpanContext().SpanID().String(), "request_id": own, "global_request_id": globalID,
	} {
		if line[name] != want {
			t.Errorf("log line has %s %q, want %q", name, line[name], want)
		}
	}

	_, span = serve(t, signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: propagation.ParentID(trace.TraceID{0xb7, 0x4f, 0x34, 0x10, 0x54, 0x63, 0x85, 0x2d, 1}, trace.SpanID{1})}),
		func(http.ResponseWriter, *http.Request) {}, WithHMACKeys(key))
	if found := attributes(span); found["osprofiler.parent_id"].AsString() != "" || found["openstack.global_request_id"].AsString() != "" {
		t.Errorf("attributes %v", found)
	}
	_, span = serve(t, signedHeader(key, hmac.TraceInfo{BaseID: "one", ParentID: "two"}), func(http.ResponseWriter, *http.Request) {}, WithHMACKeys(key))
	if found := attributes(span); found["osprofiler.base_id"].AsString() != "one" || found["osprofiler.parent_id"].AsString() != "two" {
		t.Errorf("attributes %v", found)
	}
}

// First, do no harm: bad headers do not change the answer, and a panic is still
// a panic.
func TestHandlerDoesNoHarm(t *testing.T) {
	key := mustKey(t, "k")
	good := signedHeader(key, hmac.TraceInfo{BaseID: testBase})
	huge := strings.Repeat("A", 1<<16)
	answer := func(header http.Header) string {
		w, _ := serve(t, header, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Openstack-Request-Id", "req-of-the-handler")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "body")
		}, WithHMACKeys(key))
		var text bytes.Buffer
		if err := w.Result().Write(&text); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	want := answer(http.Header{})
	for name, header := range map[string]http.Header{
		"signed":           good,
		"wrong key":        signedHeader(mustKey(t, "wrong"), hmac.TraceInfo{BaseID: testBase}),
		"no hmac":          {"X-Trace-Info": good["X-Trace-Info"]},
		"no info":          {"X-Trace-Hmac": good["X-Trace-Hmac"]},
		"twice":            {"X-Trace-Info": {good.Get("X-Trace-Info"), good.Get("X-Trace-Info")}, "X-Trace-Hmac": good["X-Trace-Hmac"]},
		"huge":             {"X-Trace-Info": {huge}, "X-Trace-Hmac": {huge}},
		"control":          {"X-Trace-Info": {"\x00\r\n"}, "X-Trace-Hmac": {"\xff\xfe"}},
		"empty lists":      {"X-Trace-Info": {}, "X-Trace-Hmac": {}},
		"bad request id":   {"X-Openstack-Request-Id": {"req-\r\nSet-Cookie: a=b"}},
		"bad traceparent":  {"Traceparent": {"00-zz"}},
		"request id twice": {"X-Openstack-Request-Id": {globalID, globalID}},
	} {
		if got := answer(header); got != want {
			t.Errorf("%s: answered\n%s\nwant\n%s", name, got, want)
		}
	}

	provider, spans := recorder()
	handler := NewHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errTest) }), "registry", WithTracerProvider(provider), WithHMACKeys(key))
	func() {
		defer func() {
			if got := recover(); got != errTest { //nolint:errorlint // the same value
				t.Errorf("recovered %v", got)
			}
		}()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	}()
	if len(spans.Ended()) != 1 {
		t.Error("the span of a panicking handler did not end")
	}
}

var errTest = errors.New("test")

// First, do no harm: the request is not changed, not even for a moment, because
// code around the handler may read its headers at the same time.
func TestHandlerLeavesTheRequest(t *testing.T) {
	key := mustKey(t, "k")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header = signedHeader(key, hmac.TraceInfo{BaseID: testBase})
	handler := NewHandler(http.NotFoundHandler(), "registry", WithPropagators(propagation.New(key)), WithHMACKeys(key))
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if len(r.Header.Clone()) != 2 {
				t.Error("a header is missing")
				return
			}
		}
	})
	for range 2000 {
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	close(stop)
	reader.Wait()
}

func TestHandlerKeepsTheOuterRequestID(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("X-Openstack-Request-Id", "req-outer")
	NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := RequestID(r.Context()); got != "req-outer" {
			t.Errorf("request id %s", got)
		}
	}), "registry").ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if got := w.Header().Values("X-Openstack-Request-Id"); len(got) != 1 || got[0] != "req-outer" {
		t.Errorf("answered %v", got)
	}
}

// A proxy answers with the request id of the service behind it, or without one,
// and the span has the same id.
func TestHandlerWithProxy(t *testing.T) {
	for answered, want := range map[string]string{"req-of-the-service": "req-of-the-service", "": "", "req-\xff": "req-\ufffd"} {
		w, span := serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
			if id := RequestID(r.Context()); id != "" {
				t.Errorf("the request has the id %q", id)
			}
			for _, attr := range LogAttrs(r.Context()) {
				if attr.Key == "request_id" {
					t.Errorf("a log line has %s", attr)
				}
			}
			if answered != "" {
				w.Header().Add("X-Openstack-Request-Id", answered)
			}
		}, WithProxy())
		if got := w.Header().Get("X-Openstack-Request-Id"); got != answered {
			t.Errorf("answered with %q, and the service with %q", got, answered)
		}
		set := attribute.NewSet(span.Attributes()...)
		if got, found := set.Value(RequestIDKey); got.AsString() != want || found != (want != "") {
			t.Errorf("the span has %q (%v), want %q", got.AsString(), found, want)
		}
	}
}

func TestHandlerFilter(t *testing.T) {
	provider, spans := recorder()
	handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if RequestID(r.Context()) != "" || len(LogAttrs(r.Context())) != 0 {
			t.Error("the request was touched")
		}
	}), "registry", WithTracerProvider(provider), WithFilter(func(r *http.Request) bool { return r.URL.Path != "/health" }))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/health", nil))
	if len(spans.Ended()) != 0 || len(w.Header()) != 0 {
		t.Error("traced nevertheless")
	}
}

// The route is the path of a pattern, with or without a method and a host before
// it.
func TestHandlerRoute(t *testing.T) {
	for pattern, want := range map[string]string{
		"/images/{id}": "/images/{id}", "GET /images/{id}": "/images/{id}", "cloud.example/images/": "/images/", "GET cloud.example/images/1": "/images/1", "/": "/", "": "", "none": "",
	} {
		provider, spans := recorder()
		handler := http.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { r.Pattern = pattern }))
		if want != "" {
			mux := http.NewServeMux()
			mux.Handle(pattern, http.NotFoundHandler())
			handler = mux
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.example/images/1", nil)
		NewHandler(handler, "registry", WithTracerProvider(provider)).ServeHTTP(httptest.NewRecorder(), r)
		func() {
			defer func() { _ = recover() }()
			NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handler.ServeHTTP(w, r)
				panic(errTest)
			}), "registry", WithTracerProvider(provider)).ServeHTTP(httptest.NewRecorder(), r)
		}()
		ended := spans.Ended()
		if len(ended) != 2 {
			t.Fatalf("%d spans", len(ended))
		}
		for _, span := range ended {
			if got, ok := attributes(span)["http.route"]; got.AsString() != want || ok != (want != "") {
				t.Errorf("%q: the route is %q, %v", pattern, got.AsString(), ok)
			}
		}
	}
}

// Bytes of a request that are not UTF-8 are recorded as U+FFFD, because an exporter
// drops the whole batch for one text that is not UTF-8.
func TestHandlerRecordsUTF8(t *testing.T) {
	for name, spoil := range map[string]func(*http.Request){
		"nothing":         func(*http.Request) {},
		"host":            func(r *http.Request) { r.Host = "cloud\xff.example" },
		"method":          func(r *http.Request) { r.Method = "GET\xff" },
		"protocol":        func(r *http.Request) { r.Proto = "HTTP/1.1\xff" },
		"remote address":  func(r *http.Request) { r.RemoteAddr = "10.0.0.1\xff:80" },
		"user agent":      func(r *http.Request) { r.Header["User-Agent"] = []string{"curl\xff"} },
		"X-Forwarded-For": func(r *http.Request) { r.Header["X-Forwarded-For"] = []string{"10.0.0.1\xff"} },
		"path":            func(r *http.Request) { r.URL.Path = "/\xff" },
	} {
		provider, spans := recorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.example/images", nil)
		spoil(r)
		handler := NewHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), "registry", WithTracerProvider(provider))
		handler.ServeHTTP(httptest.NewRecorder(), r)
		span, replaced := spans.Ended()[0], 0
		for _, kv := range append(span.Attributes(), attribute.String("name", span.Name())) {
			if !utf8.ValidString(kv.Value.AsString()) {
				t.Errorf("%s: %s is %q", name, kv.Key, kv.Value.AsString())
			}
			replaced += strings.Count(kv.Value.AsString(), "\ufffd")
		}
		if (replaced == 0) != (name == "nothing") {
			t.Errorf("%s: replaced %d times in %v", name, replaced, span.Attributes())
		}
	}
}

func TestHandlerKeyRing(t *testing.T) {
	old, current := mustKey(t, "old"), mustKey(t, "current")
	ring := hmac.NewKeyRing(old)
	provider, spans := recorder(sdktrace.WithSampler(sdk.SignedSampler(nil)))
	handler := NewHandler(http.NotFoundHandler(), "registry", WithTracerProvider(provider), WithKeyRing(ring))
	for _, step := range []struct {
		keys []hmac.Key
		with hmac.Key
		want int
	}{{[]hmac.Key{old}, current, 0}, {[]hmac.Key{current, old}, current, 1}, {[]hmac.Key{current, old}, old, 2}, {[]hmac.Key{current}, old, 2}, {nil, current, 2}} {
		ring.Set(step.keys...)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = signedHeader(step.with, hmac.TraceInfo{BaseID: testBase})
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got := len(spans.Ended()); got != step.want {
			t.Errorf("%d spans, want %d", got, step.want)
		}
	}
}

type discardResponse struct{ header http.Header }

func (d discardResponse) Header() http.Header         { return d.header }
func (d discardResponse) Write(b []byte) (int, error) { return len(b), nil }
func (d discardResponse) WriteHeader(int)             {}
