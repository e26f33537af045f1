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

// WithHMACKeys sets the keys of the cloud. A request is signed with the key
// that its context carries, or else with the first of these keys. Without a key
// from this option, from a context or from the propagators, nothing is signed.
func WithHMACKeys(keys ...hmac.Key) Option {
	keys = slices.DeleteFunc(slices.Clone(keys), hmac.Key.IsZero)
	if len(keys) == 0 {
		return WithKeyRing(nil)
	}
	return WithKeyRing(hmac.NewKeyRing(keys...))
}

// WithKeyRing does the same as [WithHMACKeys], with keys that change while they
// are in use.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithContext sets a context whose span is the parent of each request that has
// no span in its own context. So the whole run of a command-line tool is one
// trace, also if the program passes context.TODO() to gophercloud. The key that
// the context carries signs if no other key is given, and the context's baggage
// is sent too. Its deadline and its cancellation are not used.
func WithContext(ctx context.Context) Option {
	return optionFunc(func(c *config) {
		if ctx != nil {
			c.fallback = ctx
		}
	})
}

// WithEndpoints returns the option that adds endpoints of the cloud that are
// not in its service catalog. These are endpoint overrides, for example, or the
// endpoints of a provider without a catalog, because the program set its token
// itself. Requests to their scheme, host and port may carry the signed headers.
// WithEndpoints returns an error for a text that is not an http or https URL
// with a host.
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

// WithGlobalRequestID says whether requests carry a global request id. By
// default they do.
func WithGlobalRequestID(enabled bool) Option {
	return optionFunc(func(c *config) { c.noGlobalRequestID = !enabled })
}

// WithURLTemplate says whether spans have the attribute url.template, whose
// convention is still in development. By default they do. The option does not
// change their names, which always have the template.
func WithURLTemplate(enabled bool) Option {
	return optionFunc(func(c *config) { c.noURLTemplate = !enabled })
}

// WithFilter adds a filter. A request for which a filter reports false is sent
// unchanged, without a span and without headers.
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

// WithSpanNameFormatter sets the function that names the spans. Its argument
// operation is the name that a span has by default, such as "GET
// /v2.1/servers/{id}".
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

// WithPropagators sets the propagators, instead of the global ones.
// OSProfiler's headers are sent in addition to theirs.
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
