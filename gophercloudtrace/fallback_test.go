// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/propagation"
)

// One trace: requests whose context has no span join the run's trace, also
// those that gophercloud makes itself.
func TestContextWithoutSpanJoinsTheFallback(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	parent, spans := p.under(t, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Nanosecond)
		Instrument(provider, p.options(WithContext(ctx))...)
		cancel() // the context is past its deadline too
		authenticate(t, provider, cloud.AuthOptions())
		get(t, context.TODO(), provider, compute(t, provider).ServiceURL("flavors"))
	})
	arrived := from(cloud)
	if len(spans) != len(arrived) || len(spans) < 2 {
		t.Fatalf("%d spans for %d requests", len(spans), len(arrived))
	}
	for _, r := range arrived {
		if !r.Signed || r.Trace.BaseID != propagation.BaseID(parent.TraceID()) {
			t.Errorf("%s %s: signed %+v", r.Method, r.Path, r.Trace)
		}
	}
}

func TestContextWithSpanKeepsIt(t *testing.T) {
	p := newProgram(t)
	fallback, other := p.tracer.Tracer("test").Start(t.Context(), "run")
	defer other.End()
	cloud, provider := p.connect(t, WithContext(fallback))
	before := len(from(cloud))
	parent, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors") })
	if len(spans) != 1 {
		t.Fatalf("%d spans", len(spans))
	}
	if got := from(cloud)[before].GlobalID; got != "req-"+propagation.BaseID(parent.TraceID()) {
		t.Errorf("the global request id is %q", got)
	}
}

// The deadline and the cancellation of a request's own context end the request.
func TestOwnDeadlineCounts(t *testing.T) {
	p := newProgram(t)
	run, span := p.tracer.Tracer("test").Start(t.Context(), "run")
	defer span.End()
	cloud, provider := p.connect(t, WithContext(run))
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-r.Context().Done():
		case <-time.After(limit):
		}
		return true
	})
	ctx, cancel := context.WithTimeout(context.TODO(), 10*time.Millisecond)
	defer cancel()
	if _, err := provider.Request(ctx, http.MethodGet, cloud.Endpoint("compute")+"/flavors", &gophercloud.RequestOpts{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A command-line tool without an SDK has ids and a key, but no span.
func TestProfilerWithoutSDK(t *testing.T) {
	p := newProgram(t)
	ids := hmac.TraceInfo{BaseID: "0af76519-16cd-43dd-8448-eb211c80319c", ParentID: "0af76519-16cd-43dd-8448-eb211c80319c"}
	run := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: p.key, Trace: ids})
	keyless := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Trace: ids})
	for name, options := range map[string][]Option{
		"as the fallback":               {WithContext(run)},
		"as the fallback, beside a key": {WithContext(keyless), WithHMACKeys(p.key)},
		"in each context":               nil,
	} {
		t.Run(name, func(t *testing.T) {
			cloud := p.cloud(t)
			provider := p.provider(t, cloud.AuthURL())
			Instrument(provider, append(options, WithTracerProvider(noop.NewTracerProvider()), WithPropagators(w3c))...)
			ctx := context.TODO()
			if options == nil {
				ctx = run
			}
			get(t, ctx, provider, cloud.AuthURL())
			get(t, ctx, provider, cloud.AuthURL())
			for _, r := range from(cloud) {
				if !r.Signed || r.Trace != ids || r.GlobalID != "req-"+ids.BaseID || r.Header.Get("traceparent") != "" {
					t.Errorf("sent %+v, %q, traceparent %q", r.Trace, r.GlobalID, r.Header.Get("traceparent"))
				}
			}
		})
	}
}

// A context that has a key and no trace joins the fallback's trace, and its
// requests are signed with its own key.
func TestFallbackSignedWithTheContextsKey(t *testing.T) {
	p := newProgram(t)
	own := newKey(t, "OWN_KEY")
	ids := hmac.TraceInfo{BaseID: "0af76519-16cd-43dd-8448-eb211c80319c", ParentID: "0af76519-16cd-43dd-8448-eb211c80319c"}
	run := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: p.key, Trace: ids})
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(own), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	provider := p.provider(t, cloud.AuthURL())
	Instrument(provider, WithTracerProvider(noop.NewTracerProvider()), WithContext(run), WithPropagators(w3c))
	get(t, propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: own}), provider, cloud.AuthURL())
	if r := from(cloud)[0]; !r.Signed || r.Trace != ids {
		t.Errorf("signed %v, %+v", r.Signed, r.Trace)
	}
}

// The key is that of the request's context, of an option, or of the fallback,
// in this order.
func TestWhichKeySigns(t *testing.T) {
	inContext, inOption, inFallback := newKey(t, "CONTEXT"), newKey(t, "OPTION"), newKey(t, "FALLBACK")
	with := func(ctx context.Context, key hmac.Key) context.Context {
		return propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: key})
	}
	for name, test := range map[string]struct {
		option, fallback, context bool
		want                      hmac.Key
	}{
		"option":                    {option: true, want: inOption},
		"fallback":                  {fallback: true, want: inFallback},
		"context":                   {context: true, want: inContext},
		"context, option":           {context: true, option: true, want: inContext},
		"option, fallback":          {option: true, fallback: true, want: inOption},
		"context, option, fallback": {context: true, option: true, fallback: true, want: inContext},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.key = test.want
			cloud := p.cloud(t)
			provider := p.provider(t, cloud.AuthURL())
			opts := []Option{WithTracerProvider(p.tracer), WithPropagators(w3c)}
			if test.option {
				opts = append(opts, WithHMACKeys(inOption))
			}
			if test.fallback {
				opts = append(opts, WithContext(with(t.Context(), inFallback)))
			}
			Instrument(provider, opts...)
			p.under(t, func(ctx context.Context) {
				if test.context {
					ctx = with(ctx, inContext)
				}
				get(t, ctx, provider, cloud.AuthURL())
			})
			if !from(cloud)[0].Signed {
				t.Error("not signed with that key")
			}
		})
	}
}

func TestFallbackBaggage(t *testing.T) {
	p := newProgram(t)
	member := func(name string) baggage.Baggage {
		m, err := baggage.NewMember(name, "1")
		if err != nil {
			t.Fatal(err)
		}
		b, err := baggage.New(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, start := range map[string]func(context.Context) (context.Context, trace.Span){
		"with a span": func(ctx context.Context) (context.Context, trace.Span) {
			return p.tracer.Tracer("test").Start(ctx, "run")
		},
		"alone": func(ctx context.Context) (context.Context, trace.Span) { return ctx, trace.SpanFromContext(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			run, span := start(baggage.ContextWithBaggage(t.Context(), member("run")))
			defer span.End()
			cloud := p.cloud(t)
			provider := p.provider(t, cloud.AuthURL())
			Instrument(provider, p.options(WithContext(run))...)
			get(t, context.TODO(), provider, cloud.AuthURL())
			get(t, baggage.ContextWithBaggage(context.TODO(), member("own")), provider, cloud.AuthURL())
			p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.AuthURL()) })
			for i, want := range []string{"run=1", "own=1", ""} {
				if got := from(cloud)[i].Header.Get("baggage"); got != want {
					t.Errorf("request %d has baggage %q, want %q", i, got, want)
				}
			}
		})
	}
}

// Signed means sampled: with a fallback that is not sampled, requests are not
// signed.
func TestUnsampledFallback(t *testing.T) {
	p := newProgram(t, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())))
	run := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
	cloud, _ := p.connect(t, WithContext(run))
	for _, r := range from(cloud) {
		if r.Header.Get(hmac.HeaderInfo) != "" || r.GlobalID != "req-"+propagation.BaseID(trace.TraceID{1}) {
			t.Errorf("%s %s was sent %v", r.Method, r.Path, r.Header)
		}
	}
}

func TestGlobalRequestID(t *testing.T) {
	for name, test := range map[string]struct {
		options []Option
		own     string
		want    func(base string) string
	}{
		"as it is":                {nil, "", func(base string) string { return "req-" + base }},
		"switched on":             {[]Option{WithGlobalRequestID(false), WithGlobalRequestID(true)}, "", func(base string) string { return "req-" + base }},
		"switched off":            {[]Option{WithGlobalRequestID(false)}, "", func(string) string { return "" }},
		"the caller's":            {nil, "req-mine", func(string) string { return "req-mine" }},
		"the caller's, when off":  {[]Option{WithGlobalRequestID(false)}, "req-mine", func(string) string { return "req-mine" }},
		"the caller's, an UUID's": {nil, "req-0af76519-16cd-43dd-8448-eb211c80319c", func(string) string { return "req-0af76519-16cd-43dd-8448-eb211c80319c" }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			cloud, provider := p.connect(t, test.options...)
			options := gophercloud.RequestOpts{}
			if test.own != "" {
				options.MoreHeaders = map[string]string{"X-OpenStack-Request-ID": test.own}
			}
			parent, _ := p.under(t, func(ctx context.Context) {
				if _, err := provider.Request(ctx, http.MethodGet, cloud.Endpoint("compute")+"/flavors", &options); err != nil {
					t.Fatal(err)
				}
			})
			arrived := from(cloud)
			header := arrived[len(arrived)-1].Header
			if got, want := header.Values("X-OpenStack-Request-ID"), test.want(propagation.BaseID(parent.TraceID())); len(got) > 1 || header.Get("X-OpenStack-Request-ID") != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		})
	}
}
