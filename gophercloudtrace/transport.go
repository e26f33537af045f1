// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// transport is the RoundTripper that Instrument puts in front of an
// HTTPClient's Transport.
//
// A request passes through three of them: transport finds its endpoint and its
// name, and keeps them in the context; an otelhttp.Transport opens the span and
// signs; and sender adds the other attributes and headers.
type transport struct {
	base    http.RoundTripper
	traced  *otelhttp.Transport
	cloud   *cloud
	resends *resends
	parent  fallback
	ring    *hmac.KeyRing

	noGlobalRequestID, noURLTemplate bool

	notInCatalog sync.Once // whether the error handler has been told
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL == nil || within(r) {
		return t.base.RoundTrip(r)
	}
	ctx := t.parent.join(r.Context())
	c := &call{Context: ctx, request: r, endpoint: t.cloud.find(r)}
	c.resend = t.resends.of(c)
	c.spanName = spanName(r, c.endpoint)
	resp, err := t.traced.RoundTrip(r.WithContext(c))
	t.resends.after(c, resp, t.cloud.provider)
	return resp, err
}

// CloseIdleConnections closes the idle connections of the underlying
// RoundTripper, if that can do it.
func (t *transport) CloseIdleConnections() { t.traced.CloseIdleConnections() }

// call is the context of a request, with the data about the request.
type call struct {
	context.Context
	request  *http.Request
	endpoint *endpoint // nil where the request does not go to the cloud
	spanName string
	resend   resend
	untraced bool // a filter left it out

	// The span and the header keep these, which are in one allocation with the
	// rest.
	room      [4]attribute.KeyValue
	requestID [1]string
}

func (c *call) template() string { return c.spanName[len(c.request.Method)+1:] }

type callKey struct{}

func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// within reports whether r passes through another transport of this package
// already, which a program's own RoundTripper hides.
func within(r *http.Request) bool {
	c := callFrom(r.Context())
	return c != nil && c.request.Method == r.Method && c.request.URL.Host == r.URL.Host &&
		c.request.URL.Path == r.URL.Path && c.request.URL.RawQuery == r.URL.RawQuery
}

// trusts is the otelhttp.Trust of the transport.
func (t *transport) trusts(ctx context.Context, u *url.URL) bool {
	c := callFrom(ctx)
	if at := c.request.URL; u.Host == at.Host && u.Scheme == at.Scheme {
		return c.endpoint != nil
	}
	o, ok := origin.Of(u)
	return ok && t.cloud.catalog(c.request).origins[o] != nil
}

// sender sends a request that already has its span and its signature.
type sender struct{ *transport }

func (s sender) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	c := callFrom(ctx)
	if c.untraced {
		return s.base.RoundTrip(r)
	}
	switch {
	case c.request.Header[httpheader.RequestID] != nil:
	case s.noGlobalRequestID:
		delete(r.Header, httpheader.RequestID)
	case c.endpoint != nil && r.Header[httpheader.RequestID] == nil:
		if id := propagation.GlobalRequestID(ctx); id != "" {
			c.requestID[0] = id
			r.Header[httpheader.RequestID] = c.requestID[:]
		}
	}
	span := trace.SpanFromContext(ctx)
	if c.endpoint == nil && r.Response == nil && span.SpanContext().IsSampled() {
		s.explainUnsigned(c)
	}
	if !span.IsRecording() {
		return s.base.RoundTrip(r)
	}
	resp, err := s.base.RoundTrip(r)
	span.SetAttributes(s.attributes(c, r, resp)...)
	return resp, err
}

// attributes returns the span's attributes for the request and its response.
// The response is nil if there was none.
func (s sender) attributes(c *call, r *http.Request, resp *http.Response) []attribute.KeyValue {
	attributes := c.room[:0]
	if !s.noURLTemplate {
		attributes = append(attributes, semconv.URLTemplate(c.template()))
	}
	attributes = c.endpoint.appendTo(attributes)
	if c.resend.count > 0 {
		attributes = append(attributes, semconv.HTTPRequestResendCount(c.resend.count))
	}
	version := microversion(r.Header)
	if resp != nil {
		if id := requestID(resp.Header); id != "" {
			attributes = append(attributes, RequestIDKey.String(id))
		}
		if version == "latest" {
			if used := microversionUsed(resp.Header); used != "" {
				version = used
			}
		}
	}
	if version != "" {
		attributes = append(attributes, MicroversionKey.String(version))
	}
	return attributes
}

// CloseIdleConnections closes the idle connections of the underlying
// RoundTripper, if that can do it.
func (s sender) CloseIdleConnections() {
	if base, ok := s.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}
