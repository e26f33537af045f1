// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"go.opentelemetry.io/otel/metric"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/otelhttp"
)

// Option configures [Instrument].
type Option interface {
	apply(*config)
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	fallback          context.Context
	ring              *hmac.KeyRing
	endpoints         []*url.URL
	noGlobalRequestID bool
	noURLTemplate     bool
	name              func(operation string, r *http.Request) string
	tracers           trace.TracerProvider
	meters            metric.MeterProvider
	transport         []otelhttp.Option
}

// WithHMACKeys gives the keys of the cloud. A request whose context carries a
// key is signed with that one, every other with the first of these. Without a
// key from here, from a context or from the propagators nothing is signed.
func WithHMACKeys(keys ...hmac.Key) Option {
	keys = slices.DeleteFunc(slices.Clone(keys), hmac.Key.IsZero)
	if len(keys) == 0 {
		return WithKeyRing(nil)
	}
	return WithKeyRing(hmac.NewKeyRing(keys...))
}

// WithKeyRing is [WithHMACKeys] with keys that change while they are in use.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithContext gives a context whose span is the parent of each request that has
// none in its own context, as many programs pass context.TODO(); so the whole
// run of a command-line tool is one trace. The key that the context carries
// signs where no other is given, and its baggage goes along. Nothing else of it
// is used: neither its deadline nor its cancellation.
func WithContext(ctx context.Context) Option {
	return optionFunc(func(c *config) {
		if ctx != nil {
			c.fallback = ctx
		}
	})
}

// WithEndpoints returns the option that adds endpoints of the cloud that are not
// in its service catalog, such as endpoint overrides, or those of a provider
// that has no catalog, because its token was set by hand. Requests to their
// scheme, host and port may carry the signed headers. It returns an error for
// what is not an http or https URL with a host.
func WithEndpoints(endpoints ...string) (Option, error) {
	urls := make([]*url.URL, 0, len(endpoints))
	for _, endpoint := range endpoints {
		if _, err := origin.Parse(endpoint); err != nil {
			return nil, err
		}
		u, err := url.Parse(endpoint)
		if err != nil {
			return nil, err
		}
		urls = append(urls, u)
	}
	return optionFunc(func(c *config) { c.endpoints = append(c.endpoints, urls...) }), nil
}

// WithGlobalRequestID says whether requests carry a global request id. They do
// without this option.
func WithGlobalRequestID(enabled bool) Option {
	return optionFunc(func(c *config) { c.noGlobalRequestID = !enabled })
}

// WithURLTemplate says whether spans have the attribute url.template, whose
// convention is still in development. They do without this option. It does not
// change their names, which are made of the template.
func WithURLTemplate(enabled bool) Option {
	return optionFunc(func(c *config) { c.noURLTemplate = !enabled })
}

// WithFilter adds a filter. A request for which a filter reports false is sent
// as it is, with no span and no headers.
func WithFilter(filter otelhttp.Filter) Option {
	if filter == nil {
		return optionFunc(func(*config) {})
	}
	return transportOption(otelhttp.WithFilter(func(r *http.Request) bool {
		traced := filter(r)
		if !traced {
			callFrom(r.Context()).untraced = true
		}
		return traced
	}))
}

// WithSpanNameFormatter sets the function that names the spans. The operation
// that it is given is the name that they have without this option, such as
// "GET /v2.1/servers/{id}".
func WithSpanNameFormatter(formatter func(operation string, r *http.Request) string) Option {
	return optionFunc(func(c *config) {
		if formatter != nil {
			c.name = formatter
		}
	})
}

// WithSpanOptions adds options with which every span is started.
func WithSpanOptions(opts ...trace.SpanStartOption) Option {
	return transportOption(otelhttp.WithSpanOptions(opts...))
}

// WithPropagators sets the propagators, instead of the global ones, in addition
// to which OSProfiler's headers are sent.
func WithPropagators(propagators otelpropagation.TextMapPropagator) Option {
	return transportOption(otelhttp.WithPropagators(propagators))
}

// WithTracerProvider sets the provider of the tracer. Without it, the provider
// of the span in the request's context is used, or else the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(c *config) { c.tracers = provider })
}

// WithMeterProvider sets the provider of the meter, instead of the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return optionFunc(func(c *config) { c.meters = provider })
}

func transportOption(opt otelhttp.Option) Option {
	return optionFunc(func(c *config) { c.transport = append(c.transport, opt) })
}
