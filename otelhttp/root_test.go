// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

// A root is a root: a request from a client without a span opens a root span in
// the client's trace. Ids that can be derived from the span's own ids are not
// attributes.
func TestHandlerRootSpan(t *testing.T) {
	key := mustKey(t, "k")
	upper := strings.ToUpper(testBase)
	for name, test := range map[string]struct {
		in     hmac.TraceInfo
		parent string // the span's parent
		ids    map[string]string
	}{
		"root":              {hmac.TraceInfo{BaseID: testBase, ParentID: testBase}, "", nil},
		"root, no parent":   {hmac.TraceInfo{BaseID: testBase}, "", nil},
		"root, upper case":  {hmac.TraceInfo{BaseID: upper, ParentID: upper}, "", map[string]string{"osprofiler.base_id": upper, "osprofiler.parent_id": upper}},
		"unreadable parent": {hmac.TraceInfo{BaseID: testBase, ParentID: "2"}, "", map[string]string{"osprofiler.parent_id": "2"}},
		"16 digits":         {hmac.TraceInfo{BaseID: testBase, ParentID: testSpan}, testSpan, map[string]string{"osprofiler.parent_id": testSpan}},
		"the bridge's":      {hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-423e-96d038e9de81"}, testSpan, nil},
	} {
		_, span := serve(t, signedHeader(key, test.in), func(http.ResponseWriter, *http.Request) {}, WithHMACKeys(key))
		if span.SpanContext().TraceID().String() != testTrace || !span.SpanContext().IsSampled() {
			t.Errorf("%s: in the trace %s", name, span.SpanContext().TraceID())
		}
		if got := span.Parent(); got.HasSpanID() != (test.parent != "") || got.HasSpanID() && got.SpanID().String() != test.parent {
			t.Errorf("%s: parent %s, want %q", name, got.SpanID(), test.parent)
		}
		found := attributes(span)
		for _, id := range []string{"osprofiler.base_id", "osprofiler.parent_id"} {
			if got := found[id].AsString(); got != test.ids[id] {
				t.Errorf("%s: %s is %q, want %q", name, id, got, test.ids[id])
			}
		}
	}
}

// Without the sampler of the package sdk, the root sampler of ParentBased
// decides about a signed root.
func TestHandlerRootSampled(t *testing.T) {
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		sampler sdktrace.Sampler
		want    bool
	}{
		"always":         {sdktrace.ParentBased(sdktrace.AlwaysSample()), true},
		"never":          {sdktrace.ParentBased(sdktrace.NeverSample()), false},
		"ratio":          {sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0)), false},
		"signed, always": {sdk.SignedSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())), true},
		"signed, never":  {sdk.SignedSampler(sdktrace.ParentBased(sdktrace.NeverSample())), true},
		"signed, ratio":  {sdk.SignedSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0))), true},
	} {
		provider, spans := recorder(sdktrace.WithSampler(test.sampler))
		downstream := newService(t)
		client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider))}
		handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { get(t, client, r.Context(), downstream.URL+"/a", nil) }),
			"registry", WithTracerProvider(provider), WithPropagators(otelpropagation.TraceContext{}), WithHMACKeys(key))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got := len(spans.Ended()) == 2; got != test.want {
			t.Errorf("%s: %d spans", name, len(spans.Ended()))
		}
		if got := downstream.header("/a").Get(hmac.HeaderInfo) != ""; got != test.want {
			t.Errorf("%s: signed %v", name, got)
		}
	}
}

// A service that opens no span sends on the headers that came in, and its log
// lines have the trace.
func TestHandlerSendsRootOnWithoutSpan(t *testing.T) {
	for _, digest := range []hmac.Digest{hmac.SHA1, hmac.SHA256} {
		key := mustKey(t, "k", digest)
		downstream := newService(t)
		client := &http.Client{Transport: NewTransport(nil, WithTracerProvider(noop.NewTracerProvider()))}
		var logged strings.Builder
		handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			slog.New(slog.NewJSONHandler(&logged, nil)).LogAttrs(r.Context(), slog.LevelInfo, "found", LogAttrs(r.Context())...)
			get(t, client, r.Context(), downstream.URL+"/a", nil)
		}), "registry", WithTracerProvider(noop.NewTracerProvider()), WithPropagators(otelpropagation.TraceContext{}), WithHMACKeys(mustKey(t, "k")))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
		r.Header.Set("X-Openstack-Request-Id", globalID)
		handler.ServeHTTP(httptest.NewRecorder(), r)
		got := downstream.header("/a")
		for _, name := range []string{hmac.HeaderInfo, hmac.HeaderHMAC, "X-Openstack-Request-Id"} {
			if got.Get(name) != r.Header.Get(name) {
				t.Errorf("%s: %s came in, %s went out", name, r.Header.Get(name), got.Get(name))
			}
		}
		if got.Get("traceparent") != "" {
			t.Errorf("traceparent %s", got.Get("traceparent"))
		}
		var line map[string]string
		if err := json.Unmarshal([]byte(logged.String()), &line); err != nil {
			t.Fatal(err)
		}
		if _, ok := line["span_id"]; ok || line["trace_id"] != testTrace || line["global_request_id"] != globalID {
			t.Errorf("logged %v", line)
		}
	}
}

// A signature in a digest that the handler refuses is ignored, whatever key it
// has and whatever the propagators accept.
func TestWithDigests(t *testing.T) {
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		opts     []Option
		believed []hmac.Digest
	}{
		"none":               {nil, []hmac.Digest{hmac.SHA1, hmac.SHA256}},
		"empty":              {[]Option{WithDigests()}, []hmac.Digest{hmac.SHA1, hmac.SHA256}},
		"SHA-256":            {[]Option{WithDigests(hmac.SHA256)}, []hmac.Digest{hmac.SHA256}},
		"SHA-1":              {[]Option{WithDigests(hmac.SHA1)}, []hmac.Digest{hmac.SHA1}},
		"both":               {[]Option{WithDigests(hmac.SHA256, hmac.SHA1)}, []hmac.Digest{hmac.SHA1, hmac.SHA256}},
		"no digest":          {[]Option{WithDigests(7)}, nil},
		"the last one holds": {[]Option{WithDigests(hmac.SHA1), WithDigests(hmac.SHA256)}, []hmac.Digest{hmac.SHA256}},
		"the keys' own":      {[]Option{WithHMACKeys(mustKey(t, "k", hmac.SHA256))}, []hmac.Digest{hmac.SHA256}},
		"neither":            {[]Option{WithHMACKeys(mustKey(t, "k", hmac.SHA256)), WithDigests(hmac.SHA1)}, nil},
	} {
		for _, propagators := range []otelpropagation.TextMapPropagator{otelpropagation.TraceContext{}, propagation.New(key)} {
			for _, own := range []bool{false, true} {
				opts := []Option{WithPropagators(propagators)}
				if own {
					opts = append(opts, WithHMACKeys(key))
				} else if _, ok := propagators.(otelpropagation.TraceContext); ok {
					continue // it accepts no signature
				}
				opts = append(opts, test.opts...)
				for _, digest := range []hmac.Digest{hmac.SHA1, hmac.SHA256} {
					header := signedHeader(mustKey(t, "k", digest), hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
					_, span := serve(t, header, func(http.ResponseWriter, *http.Request) {}, opts...)
					if got := span.SpanContext().TraceID().String() == testTrace; got != slices.Contains(test.believed, digest) {
						t.Errorf("%s, own keys %v: %s is believed: %v", name, own, digest, got)
					}
				}
			}
		}
	}
}

// A request whose digest is refused costs neither an HMAC nor an allocation.
func TestRefusedDigestAllocatesNothing(t *testing.T) {
	key := mustKey(t, "k")
	p := verifyingPropagators{ownKeys: true, digests: []hmac.Digest{hmac.SHA256}}
	header := otelpropagation.HeaderCarrier(signedHeader(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase}))
	if !p.refuses(header) {
		t.Error("believed")
	}
	if got := testing.AllocsPerRun(100, func() { p.refuses(header) }); got > 0 {
		t.Errorf("%v allocations", got)
	}
}
