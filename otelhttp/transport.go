package otelhttp

import (
	"net/http"
	"slices"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/internal/redirect"
	"github.com/ostrace/ostrace/propagation"
)

// Transport is an [http.RoundTripper] that opens a client span for each
// request, and sends its ids in the propagators' headers and in OSProfiler's.
// The span ends when the response's body has been read or closed.
//
// A global request id that came in with the request that the context belongs to
// is sent on, to where signed headers may go, unless the caller set another.
//
// Headers are signed only for a sampled span, and only where the request may
// carry them; the rest of what goes out is decided as the package propagation
// says. Nothing that Transport does makes a request fail, and the caller's
// request is not changed.
type Transport struct {
	base    http.RoundTripper
	traced  http.RoundTripper
	filters []Filter
	trusted Filter
}

var _ http.RoundTripper = (*Transport)(nil)

// NewTransport returns a Transport that sends requests through base, or through
// [http.DefaultTransport] where base is nil.
func NewTransport(base http.RoundTripper, opts ...Option) *Transport {
	if base == nil {
		base = http.DefaultTransport
	}
	c := newConfig(opts)
	contrib := slices.Concat(c.contrib, []otelhttp.Option{otelhttp.WithPropagators(signingPropagators{
		TextMapPropagator: c.propagators,
		osprofiler:        propagation.FromKeyRing(c.ring),
		ring:              c.ring,
	})})
	return &Transport{
		base:    base,
		traced:  otelhttp.NewTransport(sender{base, c.trusted}, contrib...),
		filters: c.filters,
		trusted: c.trusted,
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL == nil {
		return t.base.RoundTrip(r) // which says so
	}
	for _, filter := range t.filters {
		if !filter(r) {
			return t.sendUntraced(r)
		}
	}
	if r.Header == nil { // OpenTelemetry's transport would panic
		copied := *r
		copied.Header = http.Header{}
		r = &copied
	}
	resp, err := t.traced.RoundTrip(r)
	if recorded, ok := err.(redactedError); ok { //nolint:errorlint // the very one that sender made
		err = recorded.error
	}
	return resp, err
}

// sendUntraced sends a request as it is, but for signed headers that somebody
// copied into it and that it may not carry.
func (t *Transport) sendUntraced(r *http.Request) (*http.Response, error) {
	if (r.Header[canonicalInfo] != nil || r.Header[canonicalHMAC] != nil) && !t.trusted(r) {
		r = r.Clone(r.Context())
		delete(r.Header, canonicalInfo)
		delete(r.Header, canonicalHMAC)
	}
	return t.base.RoundTrip(r)
}

// CloseIdleConnections closes those of the underlying RoundTripper, if it can.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// sender sends the request that OpenTelemetry's transport has copied, given a
// span and given the headers.
type sender struct {
	base    http.RoundTripper
	trusted Filter
}

func (s sender) RoundTrip(r *http.Request) (*http.Response, error) {
	finishReadsEarly(r)
	if !s.trusted(r) {
		delete(r.Header, canonicalInfo)
		delete(r.Header, canonicalHMAC)
	} else if r.Header[headerRequestID] == nil {
		if id := propagation.IncomingGlobalRequestID(r.Context()); id != "" {
			r.Header[headerRequestID] = []string{id}
		}
	}
	span := trace.SpanFromContext(r.Context())
	if !span.IsRecording() {
		return s.base.RoundTrip(r)
	}
	redacted, secret := redact(r.URL)
	if secret {
		span.SetAttributes(semconv.URLFull(redacted))
	}
	if _, n := redirect.Chain(r); n > 0 {
		span.SetAttributes(semconv.HTTPRequestResendCount(n))
	}
	resp, err := s.base.RoundTrip(r)
	if err != nil && secret {
		err = redactError(err, r.URL)
	}
	return resp, err
}
