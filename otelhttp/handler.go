// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
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
//   - A signature with one of the keys ([WithHMACKeys], [WithKeyRing]), in one
//     of the digests ([WithDigests]), makes the request a part of the signed
//     trace. The package propagation says how the signed headers and
//     traceparent decide together. The span links to a traceparent of another
//     trace. Whatever is wrong with the headers, the request is served as if
//     they were not there.
//   - A request of a client without a span of its own, such as the openstack
//     command, gets a root span in the client's trace. The package propagation
//     says which samplers sample it.
//   - The handler's own requests with the request's context, through a
//     Transport of this package or gophercloudtrace, are signed with the key
//     and the digest that verified the request.
//   - The answer has a request id in X-Openstack-Request-Id, like the answers
//     of each OpenStack service, unless a handler around this one has set one
//     already. For a handler that passes on another service's answer there is
//     [WithProxy].
//   - The global request id that came in is kept for [LogAttrs] and for the
//     handler's own requests.
//   - The span has http.route if there is an [http.ServeMux] inside (for other
//     routers see [NewMiddleware]), the request ids, and OSProfiler's ids where
//     they can't be derived from the span's ids.
//
// The sampler decides who may switch tracing on: the package sdk has a sampler
// for which only a signature does.
func NewHandler(handler http.Handler, operation string, opts ...Option) http.Handler {
	return NewMiddleware(operation, opts...)(handler)
}

// NewMiddleware does the same as [NewHandler], for routers that take
// middleware. The span has the route that an [http.ServeMux] inside found. It
// also has the route of a router that calls the middleware itself with a
// request whose Pattern it has set. chi 5.2 and later does that if the
// middleware is given to its Use. For gorilla/mux, docs/services.md has a
// second middleware that sets the Pattern.
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

// received is the handler that OpenTelemetry's handler calls, inside the span.
type received struct {
	next  http.Handler
	proxy bool
}

func (h received) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	ids := requestIDsFrom(ctx)
	if ids == nil { // a filter left the request out
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
	attributes := make([]attribute.KeyValue, 0, 1)
	if !h.proxy {
		attributes = append(attributes, RequestIDKey.String(valid(ids.own[0])))
	}
	if ids.global != "" {
		attributes = append(attributes, GlobalRequestIDKey.String(ids.global))
	}
	p := propagation.ProfilerFromContext(ctx)
	if p.Trace.BaseID != "" {
		baseID, parentID := propagation.Derivable(p.Trace, ids.parent)
		if !baseID {
			attributes = append(attributes, propagation.BaseIDKey.String(p.Trace.BaseID))
		}
		if !parentID {
			attributes = append(attributes, propagation.ParentIDKey.String(p.Trace.ParentID))
		}
	}
	span.SetAttributes(attributes...)
	if p.LinkedSpanContext.IsValid() {
		span.AddLink(trace.Link{SpanContext: p.LinkedSpanContext})
	}
	// A deferred call sets these also when the handler panics.
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

// routeOf returns the path of an http.ServeMux's pattern, "[METHOD ][HOST]/[PATH]".
func routeOf(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return ""
}
