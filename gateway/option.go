// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
)

// Option configures [New].
type Option interface {
	apply(*config)
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	ring          *hmac.KeyRing
	traceparent   Traceparent
	traceResponse bool
	meters        metric.MeterProvider
	handler       []otelhttp.Option
}

// WithHMACKeys gives the cloud's keys. The first one signs, in its own digest;
// each verifies.
func WithHMACKeys(keys ...hmac.Key) Option { return WithKeyRing(hmac.NewKeyRing(keys...)) }

// WithKeyRing is [WithHMACKeys] with keys that change while they are in use.
// While the ring has none, nothing is traced.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithTraceparent says what becomes of a traceparent that comes in with an
// unsigned request. Without this option it is dropped.
func WithTraceparent(t Traceparent) Option {
	return optionFunc(func(c *config) { c.traceparent = t })
}

// WithTraceResponse has the answer to each request that the policy chose say
// which trace it is in, in the header Traceresponse: 00-<trace id>-<span id>-01,
// as W3C's draft "Trace Context HTTP Response Headers Format" has it, so that a
// user can quote it.
func WithTraceResponse() Option {
	return optionFunc(func(c *config) { c.traceResponse = true })
}

// WithTracerProvider sets the provider of the spans, which is to sample each span
// that the gateway starts. Without it, the provider of the span in the request's
// context is used, or else the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(c *config) { c.handler = append(c.handler, otelhttp.WithTracerProvider(provider)) })
}

// WithMeterProvider sets the provider of the metrics, instead of the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		if provider != nil {
			c.meters = provider
		}
	})
}

// WithSpanNameFormatter sets the function that names the spans. Without it they
// are named by the method, such as GET, as a gateway knows no routes. A name
// should be one of few: not a path with ids in it.
func WithSpanNameFormatter(formatter func(r *http.Request) string) Option {
	return optionFunc(func(c *config) {
		if formatter != nil {
			c.handler = append(c.handler, otelhttp.WithSpanNameFormatter(
				func(_ string, r *http.Request) string { return formatter(r) }))
		}
	})
}
