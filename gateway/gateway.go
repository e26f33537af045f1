// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/requestid"
	"github.com/ostrace/ostrace/internal/uuid"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// Gateway decides which requests are traced, and signs these requests. It is safe
// for concurrent use.
type Gateway struct {
	ring          *hmac.KeyRing
	policy        atomic.Pointer[policy]
	budget        *budget
	traceparent   Traceparent
	traceResponse bool
	metrics       *metrics
	open          func(http.Handler) http.Handler // opens the span of a request that was chosen
	unsigned      sync.Once                       // explains why nothing is signed
}

// New returns a Gateway with a policy and the cloud's keys ([WithHMACKeys],
// [WithKeyRing]). It returns an error if there is no key, if the Traceparent is
// unknown, or if [Policy.Validate] returns one.
func New(p Policy, opts ...Option) (*Gateway, error) {
	var c config
	for _, opt := range opts {
		opt.apply(&c)
	}
	if len(c.ring.Keys()) == 0 {
		return nil, fmt.Errorf("gateway: %w: give it one of the cloud's hmac_keys", hmac.ErrNoKeys)
	}
	if int(c.traceparent) >= len(traceparentTexts) {
		return nil, fmt.Errorf("gateway: there is no Traceparent %d", c.traceparent)
	}
	compiled, err := p.compile()
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		ring: c.ring, budget: newBudget(), traceparent: c.traceparent, traceResponse: c.traceResponse, metrics: newMetrics(c.meters),
	}
	g.policy.Store(compiled)
	g.open = otelhttp.NewMiddleware("gateway", append(c.handler,
		otelhttp.WithProxy(),
		otelhttp.WithPropagators(otelpropagation.TraceContext{}),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()), // metrics of only some requests would mislead
		// A span around the gateway can be in the caller's trace.
		otelhttp.WithContribOptions(contrib.WithPublicEndpointFn(func(*http.Request) bool { return c.traceparent != TrustTraceparent })),
	)...)
	return g, nil
}

// SetPolicy replaces the policy. If [Policy.Validate] returns an error, SetPolicy
// returns it too, and the old policy stays in use. The requests that were counted
// against the limits stay counted.
func (g *Gateway) SetPolicy(p Policy) error {
	compiled, err := p.compile()
	if err != nil {
		g.metrics.updates.Add(context.Background(), 1, g.metrics.rejected)
		return err
	}
	g.policy.Store(compiled)
	g.metrics.updates.Add(context.Background(), 1, g.metrics.applied)
	return nil
}

// Handler returns a handler that decides on each request and passes it on to
// next. next must lead only to the cloud.
func (g *Gateway) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, decision := g.Decide(r)
		if decision.Chosen() {
			g.Trace(w, r, decision, next)
		} else {
			next.ServeHTTP(w, r)
		}
	})
}

// Decide decides on a request, and counts it in the metrics. It returns the
// request to pass on: r, or a copy of r if headers had to be removed. Decide and
// [Gateway.Trace] are the two halves of [Gateway.Handler], for servers whose
// handlers are not http.Handlers.
func (g *Gateway) Decide(r *http.Request) (*http.Request, Decision) {
	decision := DecisionNone
	keys := g.ring.Keys()
	if n := signedHeaders(r.Header); n > 0 {
		if verifies(r.Header, keys) {
			decision = DecisionSigned
			if n > 2 { // some are misspelled
				r = without(r, func(name string) bool {
					return name != httpheader.TraceInfo && name != httpheader.TraceHMAC && isSignedHeader(name)
				})
			}
		} else {
			g.metrics.refused.Add(r.Context(), 1)
			r = without(r, isSignedHeader)
		}
	}
	if decision != DecisionSigned {
		// The answer to TRACE has the headers of the request (RFC 9110, section
		// 9.3.8), so the caller would learn the signature.
		if len(keys) > 0 && r.Method != http.MethodTrace {
			decision = g.policy.Load().choose(r, g.budget)
		}
		// Trace needs the traceparent of a chosen request, to restart with a link.
		if g.traceparent == DropTraceparent || g.traceparent == RestartTraceparent && !decision.Chosen() {
			if r.Header[headerTraceparent] != nil || r.Header[headerTracestate] != nil {
				r = without(r, func(name string) bool { return name == headerTraceparent || name == headerTracestate })
			}
		}
	}
	g.metrics.decide(r.Context(), decision)
	return r, decision
}

// Trace serves a chosen request through next, in a span, and with the headers
// that make the cloud trace it.
func (g *Gateway) Trace(w http.ResponseWriter, r *http.Request, decision Decision, next http.Handler) {
	ctx := r.Context()
	if keys := g.ring.Keys(); len(keys) > 0 {
		ctx = propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: keys[0]})
	}
	g.open(traced{g, decision, next}).ServeHTTP(w, r.WithContext(ctx))
}

// traced is the handler inside the span of a chosen request. It sets the headers.
type traced struct {
	gateway  *Gateway
	decision Decision
	next     http.Handler
}

func (t traced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(DecisionKey.String(t.decision.String()))

	// The access log of the caller must not show the signature.
	header := r.Header.Clone()
	delete(header, headerTraceparent)
	delete(header, headerTracestate)
	carrier := otelpropagation.HeaderCarrier(header)
	otelpropagation.TraceContext{}.Inject(ctx, carrier)
	propagation.FromKeyRing(t.gateway.ring).Inject(ctx, carrier)
	if header[httpheader.TraceInfo] == nil {
		t.gateway.explainUnsigned(span.SpanContext())
	}
	if sc := span.SpanContext(); sc.IsSampled() {
		if header[httpheader.RequestID] == nil {
			header[httpheader.RequestID] = []string{requestid.Of(uuid.UUID(sc.TraceID()))}
		}
		if t.gateway.traceResponse {
			w.Header()[headerTraceresponse] = []string{"00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-01"}
		}
	}
	passOn(header)
	r.Header = header // r is a copy, made for the span
	t.next.ServeHTTP(w, r)
}

// explainUnsigned tells OpenTelemetry's error handler once why a chosen request
// is not signed.
func (g *Gateway) explainUnsigned(sc trace.SpanContext) {
	if len(g.ring.Keys()) == 0 {
		return // the keys were removed after the decision
	}
	g.unsigned.Do(func() {
		if !sc.IsValid() {
			otel.Handle(errors.New("ostrace: the gateway chose a request, but does not sign it, because no OpenTelemetry SDK makes spans: " +
				"set a TracerProvider with otel.SetTracerProvider or gateway.WithTracerProvider"))
			return
		}
		otel.Handle(errors.New("ostrace: the gateway chose a request, but does not sign it, because the TracerProvider's sampler does not sample it: " +
			"use sdktrace.AlwaysSample, as the gateway decides what is traced"))
	})
}
