// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// What follows is the least that the library's rules cost a request with
// OpenTelemetry's own instrumentation. It signs, verifies and records, and it
// decides nothing: not where a request goes, nor what may be recorded.

// floorTransport is called inside OpenTelemetry's transport.
type floorTransport struct {
	base  http.RoundTripper
	floor *floor
	// What the span gets, and whether the request gets a global request id, as
	// gophercloudtrace does it.
	attributes []attribute.KeyValue
	requestID  bool
}

func (t floorTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	span := trace.SpanFromContext(r.Context())
	info, mac := t.floor.signSpan(span.SpanContext())
	r.Header["X-Trace-Info"], r.Header["X-Trace-Hmac"] = []string{info}, []string{mac}
	if t.requestID {
		id := span.SpanContext().TraceID()
		r.Header["X-Openstack-Request-Id"] = []string{requestID(id[:8], id[8:])}
	}
	resp, err := t.base.RoundTrip(r)
	if len(t.attributes) > 0 {
		span.SetAttributes(t.attributes...)
	}
	return resp, err
}

// gophercloudAttributes are those that gophercloudtrace adds to a span.
var gophercloudAttributes = []attribute.KeyValue{
	attribute.String("url.template", "/v3/projects/{id}"),
	attribute.String("openstack.service.type", "identity"),
	attribute.String("openstack.request_id", "req-5c3f8a80-16cd-43dd-8448-eb211c80319c"),
}

// floorPropagators are those of OpenTelemetry's handler.
type floorPropagators struct {
	otelpropagation.TextMapPropagator
	floor *floor
}

func (p floorPropagators) Extract(ctx context.Context, carrier otelpropagation.TextMapCarrier) context.Context {
	ctx = p.TextMapPropagator.Extract(ctx, carrier)
	header := carrier.(otelpropagation.HeaderCarrier)
	json, ok := p.floor.verify(header["X-Trace-Info"][0], header["X-Trace-Hmac"][0])
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, naiveKey{}, ids{json[jsonBaseID:][:len(baseID)], json[jsonParentID:][:len(parentID)]})
}

// floorHandler is an OpenTelemetry handler in a trace whose headers are signed.
func floorHandler(next http.Handler, spans trace.TracerProvider, floor *floor) http.Handler {
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var id [16]byte
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
		text := requestID(id[:8], id[8:])
		w.Header()["X-Openstack-Request-Id"] = []string{text}
		trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("openstack.request_id", text))
		next.ServeHTTP(w, r)
	})
	return contrib.NewHandler(inside, "bench", contrib.WithTracerProvider(spans), contrib.WithPropagators(floorPropagators{w3c, floor}))
}

func requestID(high, low []byte) string {
	text := []byte("req-" + baseID)
	writeUUID(text[len("req-"):], high, low)
	return string(text)
}
