package gophercloudtrace

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// Instrument makes the provider trace each request that it sends. It is called
// once the provider's HTTPClient, RetryFunc and RetryBackoffFunc are set, and
// before [openstack.Authenticate], so that authentication is traced too.
//
// The HTTPClient keeps what it has: its Transport is wrapped, its Timeout, Jar
// and CheckRedirect stay. RetryFunc and RetryBackoffFunc are wrapped where they
// are set, so that retries are counted; what they decide stays. The copies of
// the provider that gophercloud makes to renew a token are traced with it.
// Instrument must not be called while the provider is in use. On a provider that
// is instrumented already it does nothing.
//
// [openstack.Authenticate]: https://pkg.go.dev/github.com/gophercloud/gophercloud/v2/openstack#Authenticate
func Instrument(provider *gophercloud.ProviderClient, opts ...Option) {
	base := provider.HTTPClient.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	if existing, ok := base.(*transport); ok {
		if existing.cloud.provider == provider {
			return
		}
		base = existing.base // of another provider, whose HTTPClient this one shares
	}
	c := config{fallback: context.Background()}
	for _, opt := range opts {
		opt.apply(&c)
	}
	if key := propagation.ProfilerFromContext(c.fallback).Key; len(c.keys) == 0 && !key.IsZero() {
		c.keys = append(c.keys, key)
	}
	t := &transport{
		base:    base,
		cloud:   newCloud(provider, c.endpoints),
		resends: newResends(),
		parent:  newFallback(c.fallback),
	}
	t.traced = otelhttp.NewTransport(sender{base: base, globalRequestID: !c.noGlobalRequestID}, append(c.transport,
		otelhttp.WithHMACKeys(c.keys...),
		otelhttp.WithTrusted(trusted),
		otelhttp.WithSpanNameFormatter(formatSpanName),
	)...)
	provider.HTTPClient.Transport = t

	if retry := provider.RetryFunc; retry != nil {
		provider.RetryFunc = func(ctx context.Context, method, url string, options *gophercloud.RequestOpts, err error, failCount uint) error {
			verdict := retry(ctx, method, url, options, err, failCount)
			t.resends.decide(t.parent.join(ctx), method, url, failCount, verdict == nil)
			return verdict
		}
	}
	if backoff := provider.RetryBackoffFunc; backoff != nil {
		provider.RetryBackoffFunc = func(ctx context.Context, response *gophercloud.ErrUnexpectedResponseCode, err error, retries uint) error {
			verdict := backoff(ctx, response, err, retries)
			if response != nil {
				t.resends.decide(t.parent.join(ctx), response.Method, response.URL, retries, verdict == nil)
			}
			return verdict
		}
	}
}
