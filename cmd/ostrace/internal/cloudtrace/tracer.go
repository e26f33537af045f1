// SPDX-License-Identifier: Apache-2.0

package cloudtrace

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/propagation"
)

// maxOthers bounds the traces that are linked from the command's span.
const maxOthers = 1000

// Tracer traces the requests of one command.
type Tracer struct {
	command  trace.Span
	incoming otelpropagation.TextMapPropagator
	cloud    *cloud
	retries  *retries
	provider trace.TracerProvider
	ctx      context.Context

	mu     sync.Mutex
	others []trace.TraceID
	linked map[trace.TraceID]bool
}

// New returns a Tracer for the command whose span and key are in ctx, which
// osprofile's Profile.Start returns. Without a key no request is signed. The
// identity endpoint is the URL of the cloud's identity service. New returns an
// error if it is not a valid URL.
func New(ctx context.Context, provider trace.TracerProvider, identityEndpoint string) (*Tracer, error) {
	cloud, err := newCloud(identityEndpoint)
	if err != nil {
		return nil, err
	}
	incoming := []otelpropagation.TextMapPropagator{otelpropagation.TraceContext{}}
	if key := propagation.ProfilerFromContext(ctx).Key; !key.IsZero() {
		incoming = append(incoming, propagation.NewOSProfiler(key))
	}
	return &Tracer{
		command:  trace.SpanFromContext(ctx),
		incoming: otelpropagation.NewCompositeTextMapPropagator(incoming...),
		cloud:    cloud,
		retries:  newRetries(),
		provider: provider,
		ctx:      ctx,
		linked:   map[trace.TraceID]bool{},
	}, nil
}

// Cloud reports whether a URL leads to the cloud, as far as the cloud's endpoints
// are known.
func (t *Tracer) Cloud(u *url.URL) bool { return t.cloud.has(u) }

// CatalogKnown reports whether the Tracer has seen the cloud's catalog.
func (t *Tracer) CatalogKnown() bool { return t.cloud.catalogKnown() }

// Others returns the program's own traces, in the order of their first requests.
func (t *Tracer) Others() []trace.TraceID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.others)
}

// RoundTripper returns a RoundTripper that traces requests and sends them through
// base. It changes the requests that it gets.
func (t *Tracer) RoundTripper(base http.RoundTripper) http.RoundTripper {
	provider := t.cloud.provider
	provider.HTTPClient.Transport = sender{t, base}
	gophercloudtrace.Instrument(provider,
		gophercloudtrace.WithContext(t.ctx),
		gophercloudtrace.WithTracerProvider(t.provider),
		gophercloudtrace.WithMeterProvider(metricnoop.NewMeterProvider()),
		gophercloudtrace.WithPropagators(otelpropagation.TraceContext{}))
	return &transport{t, provider.HTTPClient.Transport}
}

// transport finds the trace of a request that came in.
type transport struct {
	*Tracer
	traced http.RoundTripper
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := &incoming{}
	ctx := context.WithValue(r.Context(), incomingKey{}, in)
	from := t.incoming.Extract(ctx, otelpropagation.HeaderCarrier(r.Header))
	profiler := propagation.ProfilerFromContext(from)
	_, isTrace := propagation.TraceID(profiler.Trace.BaseID)
	if signed := r.Header[httpheader.TraceInfo] != nil || r.Header[httpheader.TraceHMAC] != nil; signed && !isTrace {
		// They are signed with another key, or their ids can't be OpenTelemetry's.
		in.untouched = traceHeadersOf(r.Header)
	} else {
		ctx = from
		in.linked = profiler.LinkedSpanContext
	}
	for _, name := range traceHeaders {
		delete(r.Header, name) // they are set anew
	}
	return t.traced.RoundTrip(r.WithContext(ctx))
}

// traceHeaders are the headers that carry a trace, as net/http writes them.
var traceHeaders = []string{"Traceparent", "Tracestate", httpheader.TraceInfo, httpheader.TraceHMAC}

// incoming holds facts about a request that came in.
type incoming struct {
	// untouched has the headers that are sent unchanged. It is nil if the
	// headers are set anew.
	untouched http.Header
	// linked is a span that the request's headers named, in a trace that the
	// request is not part of.
	linked trace.SpanContext
}

type incomingKey struct{}

func traceHeadersOf(header http.Header) http.Header {
	kept := http.Header{}
	for _, name := range append(slices.Clone(traceHeaders), httpheader.RequestID) {
		if values := header[name]; values != nil {
			kept[name] = values
		}
	}
	return kept
}

// sender sends a request that has its span and its headers.
type sender struct {
	*Tracer
	base http.RoundTripper
}

func (s sender) RoundTrip(r *http.Request) (*http.Response, error) {
	span := trace.SpanFromContext(r.Context())
	if in, _ := r.Context().Value(incomingKey{}).(*incoming); in != nil {
		if in.untouched != nil {
			r = withHeaders(r, in.untouched)
		}
		if in.linked.IsValid() {
			span.AddLink(trace.Link{SpanContext: in.linked})
		}
	}
	s.link(span.SpanContext())
	count := s.retries.before(r)
	if count > 0 {
		span.SetAttributes(semconv.HTTPRequestResendCount(count))
	}
	response, err := s.base.RoundTrip(r)
	s.retries.after(r, count, response)
	if err == nil && s.cloud.tellsCatalog(r, response) {
		encoding := response.Header.Get("Content-Encoding")
		response.Body = &reader{ReadCloser: response.Body, length: response.ContentLength,
			whole: func(body []byte) { s.cloud.learn(encoding, body) }}
	}
	return response, err
}

// link links the command's span to another trace, once for each trace.
func (t *Tracer) link(to trace.SpanContext) {
	if to.TraceID() == t.command.SpanContext().TraceID() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.linked[to.TraceID()] || len(t.others) >= maxOthers {
		return
	}
	t.linked[to.TraceID()] = true
	t.others = append(t.others, to.TraceID())
	t.command.AddLink(trace.Link{SpanContext: to})
}

// withHeaders returns a request that has these headers of a trace and no others.
func withHeaders(r *http.Request, kept http.Header) *http.Request {
	r = r.Clone(r.Context())
	for _, name := range append(slices.Clone(traceHeaders), httpheader.RequestID) {
		delete(r.Header, name)
		if values := kept[name]; values != nil {
			r.Header[name] = values
		}
	}
	return r
}
