// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/propagation"
)

// The attributes of a service's span that OpenTelemetry's conventions do not have.
// A span can have propagation.BaseIDKey and propagation.ParentIDKey beside them.
const (
	// RequestIDKey is the service's own id of the request, which the service
	// sends in the response's X-Openstack-Request-Id. The client's span has the
	// same attribute (gophercloudtrace.RequestIDKey).
	RequestIDKey = attribute.Key("openstack.request_id")
	// GlobalRequestIDKey is the id that came in with X-Openstack-Request-Id.
	GlobalRequestIDKey = attribute.Key("openstack.global_request_id")
)

// NewHandler returns a handler that opens a server span for each request, named
// after its route, in the trace that the request's headers name, and calls
// handler in it. It is OpenTelemetry's own NewHandler with OSProfiler's headers
// beside those of the propagators:
//
//   - A signature of one of the keys ([WithHMACKeys], [WithKeyRing]), in one of
//     the digests ([WithDigests]), makes the request part of the signed trace.
//     The package propagation says how that and traceparent decide together; the
//     span links to a traceparent that it does not follow. Whatever is wrong with
//     the headers, the request is served as if they were not there.
//   - A request of a client that has no span of its own, as every Python command
//     line is, becomes a root span of the client's trace: package propagation
//     says which samplers sample it.
//   - What the handler sends on with the request's context, through a Transport
//     of this package or gophercloudtrace, is signed with the key that verified,
//     in the digest that was verified.
//   - It answers with X-Openstack-Request-Id, an id of its own as each OpenStack
//     service has it, unless a handler around it has set one already. For a
//     handler that passes on another service's answer there is [WithProxy].
//   - It takes over the global request id that came in, for [LogAttrs] and for
//     what it sends on.
//   - The span has http.route where an [http.ServeMux] inside knows it (for other
//     routers see [NewMiddleware]), the request ids, and OSProfiler's ids where
//     they can't be derived from the span's.
//
// Who may switch tracing on is the sampler's decision: the package sdk has one
// that only a signature opens.
func NewHandler(handler http.Handler, operation string, opts ...Option) http.Handler {
	return NewMiddleware(operation, opts...)(handler)
}

// NewMiddleware is [NewHandler] for routers that take what stands around a
// handler. The span has the route that an [http.ServeMux] inside found, or a
// router that calls the middleware itself, sets Request.Pattern and hands on
// that request: chi 5.2 and later does, where the middleware is given to its
// Use. For gorilla/mux, docs/services.md has a middleware that does.
func NewMiddleware(operation string, opts ...Option) func(http.Handler) http.Handler {
	c := newConfig(opts)
	contrib := slices.Concat(c.contrib, []otelhttp.Option{
		otelhttp.WithMeterProvider(instrumentation.MeterProvider(c.meters, recordableSet)),
		otelhttp.WithPropagators(verifyingPropagators{
			TextMapPropagator: c.propagators,
			osprofiler:        propagation.FromKeyRing(c.ring),
			ownKeys:           c.ring != nil,
			ownTracers:        c.tracers != nil,
			digests:           c.digests,
			proxy:             c.proxy,
		}),
	})
	for _, filter := range c.filters {
		contrib = append(contrib, otelhttp.WithFilter(filter))
	}
	wrap := otelhttp.NewMiddleware(operation, slices.Concat(contrib, []otelhttp.Option{otelhttp.WithTracerProvider(serverTracers(c.tracers, false))})...)
	wrapCarefully := otelhttp.NewMiddleware(operation, slices.Concat(contrib, []otelhttp.Option{otelhttp.WithTracerProvider(serverTracers(c.tracers, true))})...)
	return func(next http.Handler) http.Handler {
		plain, careful := wrap(received{next, c.proxy}), wrapCarefully(received{next, c.proxy})
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isRecordable(r) {
				plain.ServeHTTP(w, r)
			} else {
				careful.ServeHTTP(w, r)
			}
		})
	}
}

// received is what OpenTelemetry's handler calls, inside the span.
type received struct {
	next  http.Handler
	proxy bool
}

func (h received) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	ids := requestIDsFrom(ctx)
	if ids == nil { // a filter passed the request by
		h.next.ServeHTTP(w, r)
		return
	}
	if !h.proxy {
		if outer := w.Header()[httpheader.RequestID]; len(outer) > 0 {
			ids.own[0] = outer[0]
		} else {
			w.Header()[httpheader.RequestID] = ids.own[:]
		}
	}
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		h.next.ServeHTTP(w, r)
		return
	}
	attributes := make([]attribute.KeyValue, 0, 4)
	if !h.proxy {
		attributes = append(attributes, RequestIDKey.String(valid(ids.own[0])))
	}
	if ids.global != "" {
		attributes = append(attributes, GlobalRequestIDKey.String(ids.global))
	}
	p := propagation.ProfilerFromContext(ctx)
	if p.Trace.BaseID != "" {
		baseID, parentID := bridged(ids.parent)
		if p.Trace.BaseID != baseID {
			attributes = append(attributes, propagation.BaseIDKey.String(p.Trace.BaseID))
		}
		if p.Trace.ParentID != parentID {
			attributes = append(attributes, propagation.ParentIDKey.String(p.Trace.ParentID))
		}
	}
	span.SetAttributes(attributes...)
	if p.LinkedSpanContext.IsValid() {
		span.AddLink(trace.Link{SpanContext: p.LinkedSpanContext})
	}
	// A deferred call sees these also when the handler panics.
	defer func() {
		if route := routeOf(r.Pattern); route != "" {
			span.SetAttributes(semconv.HTTPRoute(route))
		}
		if answered := w.Header()[httpheader.RequestID]; h.proxy && len(answered) > 0 {
			span.SetAttributes(RequestIDKey.String(valid(answered[0])))
		}
	}()
	h.next.ServeHTTP(w, r)
}

// bridged returns what the bridge makes of a span's parent, which has no SpanID
// where the span is a root.
func bridged(parent trace.SpanContext) (baseID, parentID string) {
	if !parent.HasTraceID() {
		return "", ""
	}
	baseID = propagation.BaseID(parent.TraceID())
	if !parent.HasSpanID() {
		return baseID, baseID
	}
	return baseID, propagation.ParentID(parent.TraceID(), parent.SpanID())
}

// routeOf returns the path of an http.ServeMux's pattern, "[METHOD ][HOST]/[PATH]".
func routeOf(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return ""
}
