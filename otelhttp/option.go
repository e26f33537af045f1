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

// Filter reports whether a request is traced. It must not change the request.
// It is contrib's own type, so contrib's package filters can be used too.
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

// WithHMACKeys sets the keys of the cloud. A Handler accepts requests that are
// signed with one of them, and no others, whatever keys the propagators have. A
// Transport signs with the key that the request's context carries, or else with
// the first of these keys. Without this option a Handler accepts the keys of
// the propagators, and a Transport signs only with a key of the context or of
// the propagators.
func WithHMACKeys(keys ...hmac.Key) Option {
	return WithKeyRing(hmac.NewKeyRing(keys...))
}

// WithKeyRing does the same as [WithHMACKeys], with keys that change while they
// are in use.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithDigests sets the digests that a Handler accepts, whatever key a signature
// has. A request with another digest is served like an unsigned one, and its
// signature is not computed. WithDigests(hmac.SHA256) refuses SHA-1. Without
// digests the option changes nothing. It can only restrict the digests that the
// keys themselves verify (hmac.NewKey).
func WithDigests(digests ...hmac.Digest) Option {
	return optionFunc(func(c *config) { c.digests = digests })
}

// WithProxy tells a Handler that its handler passes on the answers of another
// service, as httputil.ReverseProxy does. The answer and the span then have
// only that service's request id.
func WithProxy() Option {
	return optionFunc(func(c *config) { c.proxy = true })
}

// WithTrusted tells a Transport which requests may carry the signed headers.
// [Endpoints] makes a Trust from a list of URLs. The package documentation says
// which requests are trusted without this option.
func WithTrusted(trust Trust) Option {
	return optionFunc(func(c *config) {
		if trust != nil {
			c.trust = trust
		}
	})
}

// WithFilter adds a filter. A request for which a filter reports false is sent,
// or served, unchanged, without a span and without headers. Signed headers that
// the program itself has set still go only to the requests that [WithTrusted]
// allows.
func WithFilter(filter Filter) Option {
	return optionFunc(func(c *config) {
		if filter != nil {
			c.filters = append(c.filters, filter)
		}
	})
}

// WithPropagators sets the propagators, instead of the global ones.
// OSProfiler's headers are sent in addition to theirs. The propagators of the
// package propagation, which send them already, can be used too.
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

// WithSpanNameFormatter sets the function that names the spans. Without it they
// have the names of OpenTelemetry's otelhttp.
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

// WithContribOptions adds options of contrib's otelhttp that have no
// counterpart here, such as its WithPublicEndpointFn, WithServerName,
// WithMessageEvents and WithClientTrace. Its WithPropagators,
// WithTracerProvider and WithMeterProvider have no effect here: use the options
// of this package.
//
// WithClientTrace with contrib's otelhttptrace records the headers that are
// sent as attributes of a span. Give its option WithRedactedHeaders the names
// X-Auth-Token, X-Subject-Token, X-Trace-Info and X-Trace-Hmac, because
// otelhttptrace does not redact these by default.
func WithContribOptions(opts ...otelhttp.Option) Option {
	return optionFunc(func(c *config) { c.contrib = append(c.contrib, opts...) })
}
