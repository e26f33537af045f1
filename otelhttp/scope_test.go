// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdkinstrumentation "go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

var ownScope = sdkinstrumentation.Scope{Name: ScopeName, Version: Version}

// metered returns a meter provider, and a function that returns its metrics.
func metered(t *testing.T) (metric.MeterProvider, func() map[string][]attribute.Set) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), func() map[string][]attribute.Set {
		t.Helper()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		found := map[string][]attribute.Set{}
		for _, scope := range all.ScopeMetrics {
			if scope.Scope != ownScope {
				t.Errorf("metrics of %+v", scope.Scope)
			}
			for _, m := range scope.Metrics {
				switch data := m.Data.(type) {
				case metricdata.Histogram[float64]:
					for _, point := range data.DataPoints {
						found[m.Name] = append(found[m.Name], point.Attributes)
					}
				case metricdata.Histogram[int64]:
					for _, point := range data.DataPoints {
						found[m.Name] = append(found[m.Name], point.Attributes)
					}
				}
			}
		}
		return found
	}
}

// The table of metrics in docs/programs.md is right.
func TestMetrics(t *testing.T) {
	server := newService(t)
	meters, collect := metered(t)
	client := &http.Client{Transport: NewTransport(nil, WithMeterProvider(nil), WithMeterProvider(meters), WithMeterProvider(nil))}
	labeler := new(contrib.Labeler)
	labeler.Add(attribute.String("mine", "yes"))
	get(t, client, t.Context(), server.URL+"/a", nil)
	get(t, client, contextWithClientLabeler(t.Context(), labeler), server.URL+"/a", nil)
	for name, sets := range collect() {
		if !slices.Contains([]string{"http.client.request.duration", "http.client.request.body.size"}, name) || len(sets) != 2 {
			t.Errorf("%s has %d sets of attributes", name, len(sets))
		}
		for i, set := range sets {
			if got := attributeNames(set); got != "http.request.method http.response.status_code network.protocol.name network.protocol.version server.address server.port url.scheme" &&
				got != "http.request.method http.response.status_code mine network.protocol.name network.protocol.version server.address server.port url.scheme" {
				t.Errorf("%s, %d: %s", name, i, got)
			}
		}
	}
	if len(collect()) != 2 {
		t.Errorf("metrics %v", collect())
	}

	meters, collect = metered(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /images/{id}", func(_ http.ResponseWriter, r *http.Request) {
		labeler, found := contrib.LabelerFromContext(r.Context())
		if !found {
			t.Error("the handler has no labeler")
		}
		labeler.Add(attribute.String("mine", "yes"))
	})
	handler := NewHandler(mux, "registry", WithMeterProvider(meters), WithTracerProvider(noop.NewTracerProvider()))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/images/1", nil))
	found := collect()
	if names := slices.Sorted(maps.Keys(found)); strings.Join(names, " ") != "http.server.request.body.size http.server.request.duration http.server.response.body.size" {
		t.Errorf("metrics %v", names)
	}
	for name, sets := range found {
		if got := attributeNames(sets[0]); got != "http.request.method http.response.status_code http.route mine network.protocol.name network.protocol.version server.address url.scheme" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// An attribute of a metric is recorded in UTF-8, and the other attributes that a
// program adds are not changed.
func TestMetricsAreUTF8(t *testing.T) {
	server := newService(t)
	meters, collect := metered(t)
	labeler := new(contrib.Labeler)
	labeler.Add(attribute.Int("a", 1), attribute.String("url.full", "http://mine/?token=mine"))
	client := &http.Client{Transport: NewTransport(nil, WithMeterProvider(meters))}
	for i, mine := range []string{"b", "b\xff"} {
		labeler.Add(attribute.String("b", mine))
		get(t, client, contextWithClientLabeler(t.Context(), labeler), server.URL+"/a", nil)
		for name, sets := range collect() {
			found := map[string]bool{}
			for _, set := range sets {
				a, _ := set.Value("a")
				b, _ := set.Value("b")
				full, _ := set.Value("url.full")
				found[fmt.Sprint(a.AsInt64(), b.AsString(), strings.HasPrefix(full.AsString(), "http://mine/"))] = true
				if b.AsString() == "b" && full.AsString() != "http://mine/?token=mine" {
					t.Errorf("%s: %v", name, full.AsString())
				}
			}
			if len(found) != i+1 || !found["1btrue"] || found["1b\ufffdtrue"] != (i == 1) {
				t.Errorf("%s: %v", name, found)
			}
		}
	}
}

func request(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://cloud.example/", nil)
	if err != nil {
		panic(err)
	}
	return r
}

func attributeNames(set attribute.Set) string {
	var names []string
	for _, kv := range set.ToSlice() {
		names = append(names, string(kv.Key))
	}
	return strings.Join(names, " ")
}

// The spans come from the given provider, or else from the provider that
// contrib's otelhttp chooses: that of the span in the context, or else the
// global one. So do the spans that are started inside.
func TestTracerProviderIsAsContribs(t *testing.T) {
	providers := map[string]*tracetest.SpanRecorder{}
	provider := func(name string) trace.TracerProvider {
		p, spans := recorder()
		providers[name] = spans
		return p
	}
	given, own := provider("given"), provider("own")
	otel.SetTracerProvider(provider("global"))
	t.Cleanup(func() { otel.SetTracerProvider(noop.NewTracerProvider()) })
	inOwn, span := own.Tracer("program").Start(t.Context(), "around")
	defer span.End()
	incoming := http.Header{}
	otelpropagation.TraceContext{}.Inject(inOwn, otelpropagation.HeaderCarrier(incoming))

	child := func(ctx context.Context) {
		_, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("program").Start(ctx, "child")
		span.End()
	}
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		child(r.Context())
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { child(r.Context()) })
	contexts := map[string]context.Context{
		"no span":       t.Context(),
		"a span":        inOwn,
		"a remote span": trace.ContextWithRemoteSpanContext(t.Context(), span.SpanContext()),
	}
	for name, ctx := range contexts {
		for _, header := range []http.Header{{}, incoming} {
			for _, provider := range []trace.TracerProvider{nil, given} {
				for side, send := range map[string]func(ours bool) error{
					"client": func(ours bool) error {
						transport := http.RoundTripper(contrib.NewTransport(base, contrib.WithTracerProvider(provider)))
						if ours {
							transport = NewTransport(base, WithTracerProvider(provider), WithTracerProvider(nil))
						}
						resp, err := (&http.Client{Transport: transport}).Do(request(ctx))
						if err != nil {
							return err
						}
						return resp.Body.Close()
					},
					"server": func(ours bool) error {
						h := contrib.NewHandler(handler, "service", contrib.WithTracerProvider(provider), contrib.WithPropagators(otelpropagation.TraceContext{}))
						if ours {
							h = NewHandler(handler, "service", WithTracerProvider(provider), WithPropagators(otelpropagation.TraceContext{}))
						}
						r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
						r.Header = header
						h.ServeHTTP(httptest.NewRecorder(), r)
						return nil
					},
				} {
					recorded := func(ours bool) string {
						for _, spans := range providers {
							spans.Reset()
						}
						if err := send(ours); err != nil {
							t.Fatal(err)
						}
						var found []string
						for name, spans := range providers {
							for _, span := range spans.Ended() {
								found = append(found, fmt.Sprint(name, " ", span.SpanKind(), " ", span.Parent().IsValid(), span.Parent().IsRemote()))
								if scope := span.InstrumentationScope(); ours && span.SpanKind() != trace.SpanKindInternal && scope != ownScope {
									t.Errorf("the span is of %+v", scope)
								}
							}
						}
						slices.Sort(found)
						return strings.Join(found, ", ")
					}
					if got, want := recorded(true), recorded(false); got != want {
						t.Errorf("%s, %s, headers %v, provider given: %v: recorded by %q, want %q", side, name, header, provider != nil, got, want)
					}
				}
			}
		}
	}
}

// First, do no harm: a request that contrib's filter leaves out is sent as the
// caller's own request.
func TestContribsFilter(t *testing.T) {
	cloud, err := Endpoints("http://cloud.example")
	if err != nil {
		t.Fatal(err)
	}
	for address, signed := range map[string]bool{"http://cloud.example/": true, "http://evil.example/": false} {
		for _, around := range []bool{false, true} { // another transport of the same program
			provider, spans := recorder()
			var arrived *http.Request
			var transport http.RoundTripper = NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
				arrived = r
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
			}), WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(cloud),
				WithContribOptions(contrib.WithFilter(func(*http.Request) bool { return false })))
			if around {
				transport = NewTransport(unchanged{t, transport}, WithTracerProvider(provider), WithTrusted(func(context.Context, *url.URL) bool { return true }))
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = signedHeader(mustKey(t, "k"), hmac.TraceInfo{BaseID: testBase})
			if _, err := (unchanged{t, transport}).RoundTrip(r); err != nil {
				t.Fatal(err)
			}
			if got := hasSignature(arrived.Header); got != signed {
				t.Errorf("%s: signed headers arrived: %v", address, got)
			}
			if want := map[bool]int{false: 0, true: 1}[around]; len(spans.Ended())+len(spans.Started()) < want || !around && len(spans.Started()) != 0 {
				t.Errorf("%s: %d spans", address, len(spans.Started()))
			}
		}
	}
}

// unchanged fails the test if base changes a request.
type unchanged struct {
	t    *testing.T
	base http.RoundTripper
}

func (u unchanged) RoundTrip(r *http.Request) (*http.Response, error) {
	body, again, header := r.Body, fmt.Sprintf("%p", r.GetBody), r.Header.Clone()
	resp, err := u.base.RoundTrip(r)
	if r.Body != body || fmt.Sprintf("%p", r.GetBody) != again || !maps.EqualFunc(r.Header, header, slices.Equal) {
		u.t.Errorf("%s: the request was changed: %v", r.URL, r.Header)
	}
	return resp, err
}

// Silence is explained: it is explained that nothing is signed although there
// is a key, because there is no SDK.
func TestNoSDK(t *testing.T) {
	server := newService(t)
	key := mustKey(t, "k")
	sampled, _ := recorder()
	unsampled, _ := recorder(sdktrace.WithSampler(sdktrace.NeverSample()))
	started := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: testBase, ParentID: testBase}})
	for name, test := range map[string]struct {
		ctx  context.Context
		opts []Option
		want int
	}{
		"no SDK":                      {t.Context(), []Option{WithHMACKeys(key), WithTracerProvider(noop.NewTracerProvider())}, 1},
		"no SDK, no key":              {t.Context(), []Option{WithTracerProvider(noop.NewTracerProvider())}, 0},
		"no SDK, a trace without one": {started, []Option{WithHMACKeys(key), WithTracerProvider(noop.NewTracerProvider())}, 0},
		"SDK":                         {t.Context(), []Option{WithHMACKeys(key), WithTracerProvider(sampled)}, 0},
		"SDK, not sampled":            {t.Context(), []Option{WithHMACKeys(key), WithTracerProvider(unsampled)}, 0},
	} {
		said := told(t)
		client := &http.Client{Transport: NewTransport(nil, test.opts...)}
		for range 2 {
			get(t, client, test.ctx, server.URL+"/a", nil)
		}
		if len(*said) != test.want || test.want > 0 && !strings.Contains((*said)[0], "SetTracerProvider") {
			t.Errorf("%s: said %q", name, *said)
		}
	}
}

func TestMiddleware(t *testing.T) {
	provider, spans := recorder()
	middleware := NewMiddleware("registry", WithTracerProvider(provider))
	for _, path := range []string{"/a", "/b"} {
		mux := http.NewServeMux()
		mux.Handle("GET "+path, middleware(http.NotFoundHandler()))
		middleware(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		ended := spans.Ended()
		spans.Reset()
		if len(ended) != 2 || ended[0].Name() != "GET "+path || ended[1].Name() != "GET "+path || ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() {
			t.Errorf("%s: spans %v", path, ended)
		}
	}
}

// The span of a request whose texts are not recordable is otherwise like every
// other span.
func TestCarefulSpan(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	traceparent := http.Header{"Traceparent": {"00-" + otherTrace + "-" + otherSpan + "-01"}}
	var spans []sdktrace.ReadOnlySpan
	for _, agent := range []string{"good", "bad \xff"} {
		for _, public := range []bool{false, true} {
			provider, recorded := recorder()
			handler := NewHandler(http.NotFoundHandler(), "registry", WithTracerProvider(provider), WithPropagators(otelpropagation.TraceContext{}),
				WithSpanOptions(trace.WithAttributes(attribute.String("extra", "yes")), trace.WithLinks(trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}})})),
				WithContribOptions(contrib.WithPublicEndpointFn(func(*http.Request) bool { return public })))
			r := httptest.NewRequestWithContext(contrib.ContextWithStartTime(t.Context(), start), http.MethodGet, "/", nil)
			r.Header = traceparent.Clone()
			r.Header.Set("User-Agent", agent)
			handler.ServeHTTP(httptest.NewRecorder(), r)
			spans = append(spans, recorded.Ended()[0])
		}
	}
	for i, want := range spans[:2] {
		got := spans[2+i]
		if got.Parent().SpanID() != want.Parent().SpanID() || got.Parent().IsValid() == (i == 1) || len(got.Links()) != 1+i || len(got.Links()) != len(want.Links()) ||
			got.SpanKind() != trace.SpanKindServer || !got.StartTime().Equal(start) || len(got.Attributes()) != len(want.Attributes()) {
			t.Errorf("span %+v, want one like %+v", got, want)
		}
		if found := attributes(got); found["user_agent.original"].AsString() != "bad \ufffd" || found["extra"].AsString() != "yes" {
			t.Errorf("attributes %v", found)
		}
	}
}
