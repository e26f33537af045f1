// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"
	"slices"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/redirect"
	"github.com/ostrace/ostrace/propagation"
)

// Transport is an [http.RoundTripper] that opens a client span for each
// request, and sends its ids in the propagators' headers and in OSProfiler's.
// The span ends when the response's body has been read or closed.
//
// If a global request id came in with the context's request, it is sent on to
// the hosts to which signed headers may go, unless the caller set another one.
//
// Signed headers are sent only for a sampled span, and only with a request that
// may carry them. The package propagation has the other rules. A Transport
// never makes a request fail, and does not change the caller's request.
type Transport struct {
	sender  *sender
	traced  http.RoundTripper
	filters []Filter
}

var _ http.RoundTripper = (*Transport)(nil)

// NewTransport returns a Transport that sends requests through base, or through
// [http.DefaultTransport] where base is nil.
//
// A base that follows redirects itself, such as one that is built on an
// [http.Client], sends the headers to the redirects' targets. So put the
// Transport inside that client, and not around it.
func NewTransport(base http.RoundTripper, opts ...Option) *Transport {
	if base == nil {
		base = http.DefaultTransport
	}
	c := newConfig(opts)
	s := &sender{base: base, trust: c.trust, ring: c.ring, osprofiler: propagation.FromKeyRing(c.ring)}
	contrib := slices.Concat(c.contrib, []otelhttp.Option{
		otelhttp.WithTracerProvider(clientTracers(c.tracers)),
		otelhttp.WithMeterProvider(instrumentation.MeterProvider(c.meters, recordableSet)),
		otelhttp.WithPropagators(clientPropagators{c.propagators}),
	})
	return &Transport{sender: s, traced: otelhttp.NewTransport(s, contrib...), filters: c.filters}
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL == nil {
		return t.sender.base.RoundTrip(r) // it returns an error
	}
	for _, filter := range t.filters {
		if !filter(r) {
			return t.sender.sendUntraced(r)
		}
	}
	if r.Header == nil { // OpenTelemetry's transport would panic
		copied := *r
		copied.Header = http.Header{}
		r = &copied
	}
	return t.traced.RoundTrip(r)
}

// CloseIdleConnections closes the idle connections of the underlying
// RoundTripper, if that can do it.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.sender.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// sender signs and sends the request after OpenTelemetry's transport has copied
// it, opened its span and set the propagators' headers.
type sender struct {
	base       http.RoundTripper
	trust      Trust
	ring       *hmac.KeyRing
	osprofiler propagation.OSProfiler
	silence    silence
}

func (s *sender) RoundTrip(r *http.Request) (*http.Response, error) {
	span := clientSpanOf(r.Context())
	if span == nil {
		return s.sendUntraced(r) // it is the caller's own request
	}
	finishReadsEarly(r)
	signed := false
	if s.trust.trusts(r) {
		signed = s.sign(r, span)
	} else {
		s.explainHost(r)
		removeSignatures(r.Header)
	}
	if r.Response != nil && span.recording { // r follows a redirect
		_, redirects := redirect.Chain(r)
		span.SetAttributes(semconv.HTTPRequestResendCount(redirects))
	}
	resp, err := s.base.RoundTrip(r)
	if signed && resp != nil {
		s.silence.explainRedirects(r, resp, s.trust)
	}
	return resp, err
}

// sign sets the headers that a request carries to the cloud, and reports whether
// it is signed then. The propagators may have signed it already, or a program that
// copies headers from one request to another. Their headers stay if there are no
// others.
func (s *sender) sign(r *http.Request, span *clientSpan) bool {
	if r.Header[httpheader.RequestID] == nil {
		if id := propagation.IncomingGlobalRequestID(r.Context()); id != "" {
			r.Header[httpheader.RequestID] = []string{id}
		}
	}
	s.osprofiler.Inject(r.Context(), otelpropagation.HeaderCarrier(r.Header))
	if r.Header[httpheader.TraceInfo] == nil {
		if len(s.ring.Keys()) > 0 && !span.SpanContext().IsValid() {
			s.silence.noSDK.Do(explainNoSDK)
		}
		return false
	}
	removeMisspelledSignatures(r.Header)
	return true
}

// sendUntraced sends a request unchanged, except that it removes signed headers
// which the program copied into it and which it may not carry.
func (s *sender) sendUntraced(r *http.Request) (*http.Response, error) {
	if hasSignature(r.Header) && !s.trust.trusts(r) {
		r = r.Clone(r.Context())
		removeSignatures(r.Header)
	}
	return s.base.RoundTrip(r)
}
