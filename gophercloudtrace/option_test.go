// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkinstrumentation "go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
)

var ownScope = sdkinstrumentation.Scope{Name: ScopeName, Version: Version}

func TestSpanOptions(t *testing.T) {
	for name, test := range map[string]struct {
		opts     []Option
		span     string
		template bool
		extra    bool
	}{
		"none":        {nil, "GET /v2.1/flavors/{id}", true, false},
		"nothing":     {[]Option{WithFilter(nil), WithSpanNameFormatter(nil), WithSpanOptions(), WithURLTemplate(true)}, "GET /v2.1/flavors/{id}", true, false},
		"no template": {[]Option{WithURLTemplate(false)}, "GET /v2.1/flavors/{id}", false, false},
		"name": {[]Option{WithSpanNameFormatter(func(operation string, r *http.Request) string {
			return "nova " + operation + " " + r.URL.Path[len(r.URL.Path)-2:]
		})}, "nova GET /v2.1/flavors/{id} 42", true, false},
		"attribute": {[]Option{WithSpanOptions(trace.WithAttributes(attribute.String("extra", "yes")))}, "GET /v2.1/flavors/{id}", true, true},
	} {
		p := newProgram(t)
		cloud, provider := p.connect(t, test.opts...)
		_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors/42") })
		found := attributes(spans[0])
		_, hasTemplate := found["url.template"]
		_, hasExtra := found["extra"]
		if spans[0].Name() != test.span || hasTemplate != test.template || hasExtra != test.extra || spans[0].SpanKind() != trace.SpanKindClient {
			t.Errorf("%s: span %s, %v", name, spans[0].Name(), found)
		}
		if spans[0].InstrumentationScope() != ownScope {
			t.Errorf("%s: the span is of %+v", name, spans[0].InstrumentationScope())
		}
	}
}

// A request that a filter leaves out is sent as the caller made it, also
// between others.
func TestFilter(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t, WithFilter(func(r *http.Request) bool { return !strings.HasSuffix(r.URL.Path, "/42") }))
	_, spans := p.under(t, func(ctx context.Context) {
		for _, path := range []string{"/flavors", "/flavors/42", "/flavors"} {
			get(t, ctx, provider, cloud.Endpoint("compute")+path)
		}
	})
	arrived := from(cloud)
	for i, want := range []int{3, 0, 3} {
		r := arrived[len(arrived)-3+i]
		if got := cloudHeaders(r.Header); len(got) != want || (r.Header.Get("traceparent") != "") != (want > 0) {
			t.Errorf("%s has %v, traceparent %q", r.Path, got, r.Header.Get("traceparent"))
		}
	}
	if len(spans) != 2 {
		t.Errorf("%d spans", len(spans))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cloud.Endpoint("compute")+"/flavors/42", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := provider.HTTPClient.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || len(r.Header) != 0 {
		t.Errorf("the caller's headers are %v, %v", r.Header, err)
	}
}

func TestKeyRing(t *testing.T) {
	p := newProgram(t)
	ring := hmac.NewKeyRing()
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	Instrument(provider, WithTracerProvider(p.tracer), WithPropagators(w3c), WithKeyRing(ring))
	authenticate(t, provider, cloud.AuthOptions())
	for _, step := range []struct {
		keys   []hmac.Key
		signed bool
	}{{nil, false}, {[]hmac.Key{p.key}, true}, {[]hmac.Key{newKey(t, "OTHER"), p.key}, false}, {nil, false}} {
		ring.Set(step.keys...)
		get(t, t.Context(), provider, cloud.Endpoint("compute")+"/flavors")
		arrived := from(cloud)
		if got := arrived[len(arrived)-1]; got.Signed != step.signed {
			t.Errorf("with %d keys, signed: %v", len(step.keys), got.Signed)
		}
	}
}

// The table of metrics in docs/programs.md is right.
func TestMetrics(t *testing.T) {
	p := newProgram(t)
	reader := sdkmetric.NewManualReader()
	cloud, provider := p.connect(t, WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	elsewhere := newStranger(t)
	get(t, t.Context(), provider, cloud.Endpoint("compute")+"/flavors")
	get(t, t.Context(), provider, elsewhere.URL)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]uint64{}
	note := func(name string, set attribute.Set, count uint64) {
		if found[name] == nil {
			found[name] = map[string]uint64{}
		}
		service, _ := set.Value(ServiceTypeKey)
		region, _ := set.Value(RegionKey)
		found[name][service.AsString()+" "+region.AsString()] += count
		if status, _ := set.Value("http.response.status_code"); status.AsInt64() == 0 {
			t.Errorf("%s: %v", name, set.ToSlice())
		}
	}
	for _, scope := range all.ScopeMetrics {
		if scope.Scope != ownScope {
			t.Errorf("metrics of %+v", scope.Scope)
		}
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					note(m.Name, point.Attributes, point.Count)
				}
			case metricdata.Histogram[int64]:
				for _, point := range data.DataPoints {
					note(m.Name, point.Attributes, point.Count)
				}
			}
		}
	}
	for _, name := range []string{"http.client.request.duration", "http.client.request.body.size"} {
		got := found[name]
		if len(got) != 3 || got["compute RegionOne"] != 1 || got["identity "]+got["identity RegionOne"] == 0 || got[" "] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if len(found) != 2 {
		t.Errorf("metrics %v", found)
	}
}

// The children of a span come from the span's TracerProvider, also if that is
// not the global one.
func TestTracerProviderOfTheContext(t *testing.T) {
	p := newProgram(t)
	other := newProgram(t)
	otel.SetTracerProvider(other.tracer)
	t.Cleanup(func() { otel.SetTracerProvider(noop.NewTracerProvider()) })
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	Instrument(provider, WithPropagators(w3c), WithHMACKeys(p.key))
	if err := openstack.Authenticate(t.Context(), provider, cloud.AuthOptions()); err != nil {
		t.Fatal(err)
	}
	before := len(other.spans.Ended())
	_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors") })
	if len(spans) != 1 || before == 0 || len(other.spans.Ended()) != before {
		t.Errorf("%d spans of the context's provider, %d and then %d of the global one", len(spans), before, len(other.spans.Ended()))
	}
}

// A program that can only set the transport names its cloud.
func TestNewTransport(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	elsewhere := newStranger(t)
	endpoints, err := WithEndpoints(cloud.AuthURL(), cloud.Endpoint("compute"))
	if err != nil {
		t.Fatal(err)
	}
	provider := p.provider(t, cloud.AuthURL())
	provider.HTTPClient.Transport = NewTransport(p.base, p.options(endpoints)...)
	authenticate(t, provider, cloud.AuthOptions())
	provider.RetryFunc = func(context.Context, string, string, *gophercloud.RequestOpts, error, uint) error { return nil }
	failed := false
	cloud.Intercept(func(_ string, w http.ResponseWriter, _ *http.Request) bool {
		if failed {
			return false
		}
		failed = true
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, spans := p.under(t, func(ctx context.Context) {
		get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors")
		get(t, ctx, provider, elsewhere.URL)
	})
	for i, want := range []sent{{"GET /v2.1/flavors", 503, 0}, {"GET /v2.1/flavors", 200, 0}, {"GET /", 200, 0}} {
		if got := sentOf(spans)[i]; got != want {
			t.Errorf("span %d is %+v, want %+v", i, got, want)
		}
	}
	for _, r := range from(cloud) {
		if len(cloudHeaders(r.Header)) != 3 || !r.Signed {
			t.Errorf("%s %s has %v", r.Method, r.Path, cloudHeaders(r.Header))
		}
	}
	if found := cloudHeaders(elsewhere.last(t)); len(found) != 0 {
		t.Errorf("elsewhere %v arrived", found)
	}
	if _, known := attributes(spans[0])[ServiceTypeKey]; known {
		t.Error("the service type is known")
	}
	cloud.RevokeTokens()
	get(t, t.Context(), provider, cloud.Endpoint("compute")+"/flavors") // this gets a new token too

	// Once the program has the provider, Instrument replaces the transport.
	Instrument(provider, p.options()...)
	if transportOf(provider).base != http.RoundTripper(p.base) {
		t.Error("a request would go through both")
	}
	_, spans = p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors") })
	if got := attributes(spans[0])[ServiceTypeKey].AsString(); len(spans) != 1 || got != "compute" {
		t.Errorf("%d spans, service type %q", len(spans), got)
	}

	if transport := NewTransport(nil).(*transport); transport.base != http.DefaultTransport {
		t.Error("not the default transport")
	}
}

// Silence is explained: it is explained that a request is not signed although
// there is a key and the host may be the cloud's.
func TestUnsignedIsExplained(t *testing.T) {
	said := new([]string)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { *said = append(*said, err.Error()) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	override := func(t *testing.T, p *program, _ string) *gophercloud.ProviderClient {
		_, provider := p.connect(t)
		return provider
	}
	instrument := func(opts ...Option) func(*testing.T, *program, string) *gophercloud.ProviderClient {
		return func(t *testing.T, p *program, identity string) *gophercloud.ProviderClient {
			provider := p.provider(t, identity)
			Instrument(provider, append(p.options(), opts...)...)
			return provider
		}
	}
	for name, test := range map[string]struct {
		sampled  bool
		provider func(t *testing.T, p *program, stranger string) *gophercloud.ProviderClient
		host     string
		want     string
	}{
		"an endpoint override": {true, override, "", "the service catalog does not list that host"},
		"not sampled":          {false, override, "", ""},
		"a caller's Host":      {true, instrument(), "evil.example", `Host is "evil.example"`},
		"no SDK":               {true, instrument(WithTracerProvider(noop.NewTracerProvider())), "", "no OpenTelemetry SDK"},
		"before authentication": {true, func(t *testing.T, p *program, _ string) *gophercloud.ProviderClient {
			return instrument()(t, p, "http://identity.example/v3")
		}, "", "not authenticated yet"},
		"no key": {true, func(t *testing.T, p *program, _ string) *gophercloud.ProviderClient {
			return instrument(WithHMACKeys())(t, p, "http://identity.example/v3")
		}, "", ""},
		"only the transport": {true, func(t *testing.T, p *program, _ string) *gophercloud.ProviderClient {
			provider := p.provider(t, "http://identity.example/v3")
			provider.HTTPClient.Transport = NewTransport(p.base, p.options()...)
			return provider
		}, "", "has no service catalog"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, sampling(test.sampled))
			stranger := newStranger(t)
			provider := test.provider(t, p, stranger.URL)
			*said = nil
			for range 2 {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, stranger.URL+"/x", nil)
				if err != nil {
					t.Fatal(err)
				}
				if test.host != "" {
					r.Host = test.host
				}
				resp, err := provider.HTTPClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				if err := drain(resp.Body); err != nil {
					t.Fatal(err)
				}
				if found := cloudHeaders(stranger.last(t)); len(found) != 0 {
					t.Errorf("%v arrived", found)
				}
			}
			if test.want == "" && len(*said) != 0 || test.want != "" && (len(*said) != 1 || !strings.Contains((*said)[0], test.want)) {
				t.Errorf("said %q", *said)
			}
			if len(*said) > 0 && name != "no SDK" && (!strings.Contains((*said)[0], stranger.URL) || !strings.Contains((*said)[0], "WithEndpoints")) {
				t.Errorf("said %q", *said)
			}
		})
	}
}
