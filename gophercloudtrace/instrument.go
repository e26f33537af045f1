// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// Instrument makes the provider trace each request that it sends. Call it after
// the provider's HTTPClient, RetryFunc and RetryBackoffFunc are set, and before
// [openstack.Authenticate], so that authentication is traced too.
//
// Instrument wraps the Transport of the HTTPClient, and leaves its Timeout, Jar
// and CheckRedirect unchanged. It wraps RetryFunc and RetryBackoffFunc if they
// are set, to count retries, and does not change their decisions. The copies of
// the provider that gophercloud makes to renew a token are traced too.
// Instrument must not be called while the provider is in use. It does nothing
// on a provider that is already instrumented.
//
// [openstack.Authenticate]: https://pkg.go.dev/github.com/gophercloud/gophercloud/v2/openstack#Authenticate
func Instrument(provider *gophercloud.ProviderClient, opts ...Option) {
	base := provider.HTTPClient.Transport
	if existing, ok := base.(*transport); ok {
		if existing.cloud.provider == provider {
			return
		}
		base = existing.base // existing is the transport of a provider with the same HTTPClient, or has no provider
	}
	t := newTransport(base, provider, opts)
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

// NewTransport is for a program that can't instrument a ProviderClient before
// it authenticates, because a library makes and authenticates it, but that can
// give the library the transport of its HTTP client. With
// openstack/config.NewProviderClient it is used so:
//
//	config.WithHTTPClient(http.Client{Transport: gophercloudtrace.NewTransport(nil, opts...)})
//
// It returns a RoundTripper that traces the requests that it sends through
// base, or through [http.DefaultTransport] if base is nil.
//
// It has no provider, and can do less than [Instrument]: it has no service
// catalog, so its spans and metrics have neither a service type nor a region,
// it signs only requests to the endpoints that [WithEndpoints] names, and it
// does not count gophercloud's retries. If the library returns the provider,
// call [Instrument] with it, which replaces the RoundTripper.
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	return newTransport(base, nil, opts)
}

func newTransport(base http.RoundTripper, provider *gophercloud.ProviderClient, opts []Option) *transport {
	if base == nil {
		base = http.DefaultTransport
	}
	c := config{fallback: context.Background(), name: func(operation string, _ *http.Request) string { return operation }}
	for _, opt := range opts {
		opt.apply(&c)
	}
	if key := propagation.ProfilerFromContext(c.fallback).Key; c.ring == nil && !key.IsZero() {
		c.ring = hmac.NewKeyRing(key)
	}
	t := &transport{
		base:              base,
		cloud:             newCloud(provider, c.endpoints),
		resends:           newResends(),
		parent:            newFallback(c.fallback),
		ring:              c.ring,
		noGlobalRequestID: c.noGlobalRequestID,
		noURLTemplate:     c.noURLTemplate,
	}
	t.traced = otelhttp.NewTransport(sender{t}, append(c.transport,
		otelhttp.WithKeyRing(c.ring),
		otelhttp.WithTrusted(t.trusts),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return c.name(callFrom(r.Context()).spanName, r) }),
		otelhttp.WithTracerProvider(instrumentation.TracerProvider(c.tracers)),
		otelhttp.WithMeterProvider(instrumentation.MeterProvider(c.meters, withEndpoint)),
	)...)
	return t
}
