package gophercloudtrace

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
)

// nullRoundTripper answers at once, with a project.
type nullRoundTripper struct{}

const project = `{"project": {"id": "5c3f8a8016cd43dd8448eb211c80319c", "name": "demo", "domain_id": "default", "enabled": true, ` +
	`"parent_id": "default", "is_domain": false, "description": "", "tags": [], "options": {}, ` +
	`"links": {"self": "http://127.0.0.1:5000/v3/projects/5c3f8a8016cd43dd8448eb211c80319c"}}}`

func (nullRoundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", Request: r, Body: io.NopCloser(strings.NewReader(project)),
		Header: http.Header{"X-Openstack-Request-Id": {"req-5c3f8a80-16cd-43dd-8448-eb211c80319c"}},
	}, nil
}

// discard is an exporter of spans that throws them away.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// BenchmarkRequest compares a request that gophercloud makes, and whose answer it
// decodes, through this package with one through contrib's otelhttp with the W3C
// headers alone, over a null RoundTripper.
func BenchmarkRequest(b *testing.B) {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		b.Fatal(err)
	}
	w3c := otelpropagation.NewCompositeTextMapPropagator(otelpropagation.TraceContext{}, otelpropagation.Baggage{})
	for _, sampler := range []sdktrace.Sampler{sdktrace.AlwaysSample(), sdktrace.NeverSample()} {
		spans := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithBatcher(discard{}))
		for _, bench := range []struct {
			name       string
			instrument func(*gophercloud.ProviderClient)
		}{
			{"otelhttp", func(p *gophercloud.ProviderClient) {
				p.HTTPClient.Transport = contrib.NewTransport(p.HTTPClient.Transport, contrib.WithTracerProvider(spans), contrib.WithPropagators(w3c))
			}},
			{"gophercloudtrace", func(p *gophercloud.ProviderClient) {
				Instrument(p, WithTracerProvider(spans), WithPropagators(w3c), WithHMACKeys(key))
			}},
			{"gophercloudtrace, no key", func(p *gophercloud.ProviderClient) {
				Instrument(p, WithTracerProvider(spans), WithPropagators(w3c))
			}},
		} {
			provider := &gophercloud.ProviderClient{IdentityBase: "http://127.0.0.1:5000/", IdentityEndpoint: "http://127.0.0.1:5000/v3/"}
			provider.UseTokenLock()
			provider.SetToken("t")
			provider.HTTPClient.Transport = nullRoundTripper{}
			bench.instrument(provider)
			request := func() {
				var answer any
				if _, err := provider.Request(b.Context(), http.MethodGet, "http://127.0.0.1:5000/v3/projects/5c3f8a8016cd43dd8448eb211c80319c",
					&gophercloud.RequestOpts{JSONResponse: &answer}); err != nil {
					b.Error(err)
				}
			}
			name := sampler.Description() + "/" + bench.name
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					request()
				}
			})
			b.Run(name+"/parallel", func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						request()
					}
				})
			})
		}
	}
}
