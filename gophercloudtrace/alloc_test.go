//go:build !race

package gophercloudtrace

import (
	"net/http"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The race detector makes sync.Pool forget at random, so allocations are
// counted without it.

// Law 8: what a request costs beside OpenTelemetry's own transport is few
// allocations, and a key costs none where the span is not sampled.
func TestAllocations(t *testing.T) {
	key := newKey(t, "SECRET_KEY")
	for name, test := range map[string]struct {
		sampled bool
		options []Option
		most    float64
	}{
		"unsampled":       {false, []Option{WithHMACKeys(key)}, 5},
		"unsampled, none": {false, nil, 5},
		"sampled":         {true, []Option{WithHMACKeys(key)}, 10},
		"sampled, none":   {true, nil, 7},
	} {
		spans := sdktrace.NewTracerProvider(sampling(test.sampled), sdktrace.WithSpanProcessor(discard{}))
		count := func(instrument func(*gophercloud.ProviderClient)) float64 {
			provider := &gophercloud.ProviderClient{IdentityBase: "http://127.0.0.1:5000/", IdentityEndpoint: "http://127.0.0.1:5000/v3/"}
			provider.UseTokenLock()
			provider.SetToken("t")
			provider.HTTPClient.Transport = nullRoundTripper{}
			instrument(provider)
			return testing.AllocsPerRun(200, func() {
				get(t, t.Context(), provider, "http://127.0.0.1:5000/v3/projects/5c3f8a8016cd43dd8448eb211c80319c")
			})
		}
		without := count(func(p *gophercloud.ProviderClient) {
			p.HTTPClient.Transport = contrib.NewTransport(http.RoundTripper(nullRoundTripper{}), contrib.WithTracerProvider(spans), contrib.WithPropagators(w3c))
		})
		with := count(func(p *gophercloud.ProviderClient) {
			Instrument(p, append(test.options, WithTracerProvider(spans), WithPropagators(w3c))...)
		})
		if with-without > test.most {
			t.Errorf("%s: %v allocations where OpenTelemetry's transport has %v", name, with, without)
		}
	}
}
