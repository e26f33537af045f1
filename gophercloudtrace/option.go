package gophercloudtrace

import (
	"context"
	"net/url"
	"slices"

	"go.opentelemetry.io/otel/metric"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
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
	keys              hmac.Keys
	endpoints         []*url.URL
	noGlobalRequestID bool
	transport         []otelhttp.Option
}

// WithHMACKeys gives the keys of the cloud. A request whose context carries a
// key is signed with that one, every other with the first of these. Without a
// key from here, from a context or from the propagators nothing is signed.
func WithHMACKeys(keys ...hmac.Key) Option {
	return optionFunc(func(c *config) { c.keys = slices.DeleteFunc(slices.Clone(keys), hmac.Key.IsZero) })
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

// WithEndpoints adds endpoints of the cloud that are not in its service catalog,
// or those of a provider that has no catalog, because its token was set by hand.
// Requests to their scheme, host and port may carry the signed headers.
func WithEndpoints(endpoints ...*url.URL) Option {
	return optionFunc(func(c *config) { c.endpoints = append(c.endpoints, endpoints...) })
}

// WithGlobalRequestID says whether requests carry a global request id. They do
// without this option.
func WithGlobalRequestID(enabled bool) Option {
	return optionFunc(func(c *config) { c.noGlobalRequestID = !enabled })
}

// WithPropagators sets the propagators, instead of the global ones, in addition
// to which OSProfiler's headers are sent.
func WithPropagators(propagators otelpropagation.TextMapPropagator) Option {
	return transportOption(otelhttp.WithPropagators(propagators))
}

// WithTracerProvider sets the provider of the tracer. Without it, the provider
// of the span in the request's context is used, or else the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return transportOption(otelhttp.WithTracerProvider(provider))
}

// WithMeterProvider sets the provider of the meter, instead of the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return transportOption(otelhttp.WithMeterProvider(provider))
}

func transportOption(opt otelhttp.Option) Option {
	return optionFunc(func(c *config) { c.transport = append(c.transport, opt) })
}
