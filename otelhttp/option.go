// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
)

// Option configures [NewTransport] and [NewHandler].
type Option interface {
	apply(*config)
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Filter reports something about a request. It must not change it. It is
// contrib's own type, so contrib's package filters serves here too.
type Filter = otelhttp.Filter

type config struct {
	ring        *hmac.KeyRing
	digests     []hmac.Digest
	trust       Trust
	filters     []Filter
	propagators propagation.TextMapPropagator
	tracers     trace.TracerProvider
	meters      metric.MeterProvider
	proxy       bool
	contrib     []otelhttp.Option
}

func newConfig(opts []Option) *config {
	c := &config{propagators: otel.GetTextMapPropagator()}
	for _, opt := range opts {
		opt.apply(c)
	}
	return c
}

// WithHMACKeys gives the keys of the cloud. A Handler accepts what is signed with
// any of them, and no longer what only the propagators have a key for. A
// Transport signs a request whose context carries a key with that one, every
// other with the first of these. Without this option a Handler accepts what the
// propagators accept, and only what the context carries, and what the
// propagators have, can sign.
func WithHMACKeys(keys ...hmac.Key) Option {
	return WithKeyRing(hmac.NewKeyRing(keys...))
}

// WithKeyRing is [WithHMACKeys] with keys that change while they are in use.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithDigests says, for a Handler, in which digests a signature is believed,
// whosever key it is of: a request that is signed in another one is served as an
// unsigned one, and its signature is not computed. WithDigests(hmac.SHA256)
// refuses SHA-1. Without digests it changes nothing. It restricts what the keys
// themselves verify (hmac.NewKey), and does not widen it.
func WithDigests(digests ...hmac.Digest) Option {
	return optionFunc(func(c *config) { c.digests = digests })
}

// WithProxy says, for a Handler, that its handler passes on the answers of another
// service, as httputil.ReverseProxy does. Then the answer has no
// X-Openstack-Request-Id but that service's, and so has the span.
func WithProxy() Option {
	return optionFunc(func(c *config) { c.proxy = true })
}

// WithTrusted says, for a Transport, which requests may carry the signed headers.
// [Endpoints] makes a Trust from a list of URLs. The package documentation says
// what holds without this option.
func WithTrusted(trust Trust) Option {
	return optionFunc(func(c *config) {
		if trust != nil {
			c.trust = trust
		}
	})
}

// WithFilter adds a filter. A request for which a filter reports false is sent,
// or served, as it is, with no span and no headers. Signed headers that it has
// been given go only where [WithTrusted] lets them all the same.
func WithFilter(filter Filter) Option {
	return optionFunc(func(c *config) {
		if filter != nil {
			c.filters = append(c.filters, filter)
		}
	})
}

// WithPropagators sets the propagators, instead of the global ones, in addition
// to which OSProfiler's headers are sent. They may be those of the package
// propagation, which send them already.
func WithPropagators(propagators propagation.TextMapPropagator) Option {
	return optionFunc(func(c *config) {
		if propagators != nil {
			c.propagators = propagators
		}
	})
}

// WithTracerProvider sets the provider of the tracer. Without it, the provider
// of the span in the request's context is used, or else the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(c *config) {
		if provider != nil {
			c.tracers = provider
		}
	})
}

// WithMeterProvider sets the provider of the meter, instead of the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		if provider != nil {
			c.meters = provider
		}
	})
}

// WithSpanNameFormatter sets the function that names the spans. Without it
// they are named as OpenTelemetry's otelhttp names them.
func WithSpanNameFormatter(formatter func(operation string, r *http.Request) string) Option {
	return optionFunc(func(c *config) {
		if formatter != nil {
			c.contrib = append(c.contrib, otelhttp.WithSpanNameFormatter(formatter))
		}
	})
}

// WithSpanOptions adds options with which every span is started.
func WithSpanOptions(opts ...trace.SpanStartOption) Option {
	return WithContribOptions(otelhttp.WithSpanOptions(opts...))
}

// WithContribOptions adds options of contrib's otelhttp that have no counterpart
// here, such as its WithPublicEndpointFn, WithServerName, WithMessageEvents and
// WithClientTrace. Its WithPropagators, WithTracerProvider and WithMeterProvider
// have no effect here, so use those of this package.
//
// WithClientTrace with contrib's otelhttptrace records the headers that are sent
// as attributes of a span. Its option WithRedactedHeaders is to name
// X-Auth-Token, X-Subject-Token, X-Trace-Info and X-Trace-Hmac then: it redacts
// only those headers that it knows by itself.
func WithContribOptions(opts ...otelhttp.Option) Option {
	return optionFunc(func(c *config) { c.contrib = append(c.contrib, opts...) })
}
