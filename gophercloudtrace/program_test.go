// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"go.opentelemetry.io/otel/attribute"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/propagation"
)

// limit is the limit of every wait in these tests.
const limit = 20 * time.Second

var w3c = otelpropagation.NewCompositeTextMapPropagator(otelpropagation.TraceContext{}, otelpropagation.Baggage{})

func newKey(tb testing.TB, secret string) hmac.Key {
	tb.Helper()
	key, err := hmac.NewKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// program is a program whose spans are recorded. When its test ends, all spans
// and goroutines that it started must have ended.
type program struct {
	spans  *tracetest.SpanRecorder
	tracer *sdktrace.TracerProvider
	key    hmac.Key
	base   *http.Transport // below all other RoundTrippers
}

func newProgram(t *testing.T, opts ...sdktrace.TracerProviderOption) *program {
	t.Helper()
	p := &program{spans: tracetest.NewSpanRecorder(), key: newKey(t, "SECRET_KEY"), base: &http.Transport{}}
	p.tracer = sdktrace.NewTracerProvider(append(opts, sdktrace.WithSpanProcessor(p.spans))...)
	goroutines := runtime.NumGoroutine()
	t.Cleanup(func() {
		p.base.CloseIdleConnections()
		if started, ended := len(p.spans.Started()), len(p.spans.Ended()); started != ended {
			t.Errorf("%d spans were started, %d have ended", started, ended)
		}
		deadline := time.After(limit)
		for tick := time.Tick(time.Millisecond); runtime.NumGoroutine() > goroutines; {
			select {
			case <-tick:
			case <-deadline:
				stacks := make([]byte, 1<<20)
				t.Fatalf("%d goroutines before, %d after:\n%s", goroutines, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
	return p
}

// options returns the options with which the program instruments its providers.
func (p *program) options(more ...Option) []Option {
	return append([]Option{WithTracerProvider(p.tracer), WithPropagators(w3c), WithHMACKeys(p.key)}, more...)
}

// cloud starts a simulated cloud that has the program's key.
func (p *program) cloud(t *testing.T) *simcloud.Cloud {
	t.Helper()
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(p.key), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return cloud
}

// provider returns a provider that is not instrumented yet.
func (p *program) provider(t *testing.T, authURL string) *gophercloud.ProviderClient {
	t.Helper()
	provider, err := openstack.NewClient(authURL)
	if err != nil {
		t.Fatal(err)
	}
	provider.HTTPClient.Transport = p.base
	return provider
}

// authenticate authenticates a provider outside of any span.
func authenticate(t *testing.T, provider *gophercloud.ProviderClient, options gophercloud.AuthOptions) {
	t.Helper()
	if err := openstack.Authenticate(t.Context(), provider, options); err != nil {
		t.Fatal(err)
	}
}

// connect returns a cloud and a provider that is instrumented and authenticated.
func (p *program) connect(t *testing.T, more ...Option) (*simcloud.Cloud, *gophercloud.ProviderClient) {
	t.Helper()
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	Instrument(provider, p.options(more...)...)
	authenticate(t, provider, cloud.AuthOptions())
	return cloud, provider
}

func compute(t *testing.T, provider *gophercloud.ProviderClient) *gophercloud.ServiceClient {
	t.Helper()
	client, err := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// under runs f in a new span, and returns the client spans that are its
// children.
func (p *program) under(t *testing.T, f func(ctx context.Context)) (parent trace.SpanContext, children []sdktrace.ReadOnlySpan) {
	t.Helper()
	ctx, span := p.tracer.Tracer("test").Start(t.Context(), "command")
	f(ctx)
	span.End()
	return span.SpanContext(), p.children(span.SpanContext())
}

func (p *program) children(parent trace.SpanContext) []sdktrace.ReadOnlySpan {
	var children []sdktrace.ReadOnlySpan
	for _, span := range p.spans.Ended() {
		if span.SpanContext().TraceID() == parent.TraceID() && span.Parent().SpanID() == parent.SpanID() {
			children = append(children, span)
		}
	}
	return children
}

// get sends a GET request and expects its answer to be good.
func get(t *testing.T, ctx context.Context, provider *gophercloud.ProviderClient, url string) {
	t.Helper()
	if _, err := provider.Request(ctx, http.MethodGet, url, &gophercloud.RequestOpts{OkCodes: []int{200, 300}}); err != nil {
		t.Fatal(err)
	}
}

func attributes(span sdktrace.ReadOnlySpan) map[attribute.Key]attribute.Value {
	found := map[attribute.Key]attribute.Value{}
	for _, kv := range span.Attributes() {
		found[kv.Key] = kv.Value
	}
	return found
}

// sent has the parts of a span that a test compares: its name, the status of
// the answer, or 0, and how often the request had been sent before.
type sent struct {
	name           string
	status, resend int64
}

func sentOf(spans []sdktrace.ReadOnlySpan) []sent {
	var all []sent
	for _, span := range spans {
		found := attributes(span)
		all = append(all, sent{span.Name(), found["http.response.status_code"].AsInt64(), found["http.request.resend_count"].AsInt64()})
	}
	return all
}

// from returns the requests from outside that arrived at a cloud.
func from(cloud *simcloud.Cloud) []simcloud.Request {
	var outside []simcloud.Request
	for _, r := range cloud.Requests() {
		if r.Caller == "" {
			outside = append(outside, r)
		}
	}
	return outside
}

// signedFor returns the ids with which a request in a span must be signed.
func signedFor(span trace.SpanContext) hmac.TraceInfo {
	return hmac.TraceInfo{BaseID: propagation.BaseID(span.TraceID()), ParentID: propagation.ParentID(span.TraceID(), span.SpanID())}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// await receives from a channel, within limit.
func await[T any](t *testing.T, what string, from <-chan T) (received T) {
	t.Helper()
	select {
	case received = <-from:
	case <-time.After(limit):
		t.Fatalf("waited too long for %s", what)
	}
	return received
}

func drain(body io.ReadCloser) error {
	_, err := io.Copy(io.Discard, body)
	if closed := body.Close(); err == nil {
		err = closed
	}
	return err
}

func sampling(sampled bool) sdktrace.TracerProviderOption {
	if sampled {
		return sdktrace.WithSampler(sdktrace.AlwaysSample())
	}
	return sdktrace.WithSampler(sdktrace.NeverSample())
}
