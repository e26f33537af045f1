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

// WithHMACKeys sets the cloud's keys. The first key signs, with its own digest.
// Every key verifies.
func WithHMACKeys(keys ...hmac.Key) Option { return WithKeyRing(hmac.NewKeyRing(keys...)) }

// WithKeyRing sets the cloud's keys as [WithHMACKeys] does, but these keys can
// change while they are in use. While the ring has no keys, no request is traced.
func WithKeyRing(ring *hmac.KeyRing) Option {
	return optionFunc(func(c *config) { c.ring = ring })
}

// WithTraceparent sets what happens to the traceparent of an unsigned request.
// Without this option it is dropped.
func WithTraceparent(t Traceparent) Option {
	return optionFunc(func(c *config) { c.traceparent = t })
}

// WithTraceResponse names the trace of each chosen request in the answer, so that
// a user can quote it. The header is Traceresponse: 00-<trace id>-<span id>-01, as
// in W3C's draft "Trace Context HTTP Response Headers Format".
func WithTraceResponse() Option {
	return optionFunc(func(c *config) { c.traceResponse = true })
}

// WithTracerProvider sets the provider of the spans. It has to sample each span
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
// are named after the method, such as GET, because a gateway does not know the
// services' routes. There should be few different names, so a name should not be
// a path with ids.
func WithSpanNameFormatter(formatter func(r *http.Request) string) Option {
	return optionFunc(func(c *config) {
		if formatter != nil {
			c.handler = append(c.handler, otelhttp.WithSpanNameFormatter(
				func(_ string, r *http.Request) string { return formatter(r) }))
		}
	})
}
