// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// requestIDs is the context of a request that is served, with the request's
// ids.
type requestIDs struct {
	context.Context
	labeler otelhttp.Labeler // for OpenTelemetry's handler
	own     [1]string        // in the form of a header's values
	global  string
	parent  trace.SpanContext
	around  *trace.Span // the span in which the request is served, if the spans come from its provider
}

type requestIDsKey struct{}

func (ids *requestIDs) Value(key any) any {
	switch key {
	case requestIDsKey{}:
		return ids
	case serverLabelerKey:
		if outer := ids.Context.Value(key); outer != nil {
			return outer
		}
		return &ids.labeler
	}
	return ids.Context.Value(key)
}

func requestIDsFrom(ctx context.Context) *requestIDs {
	ids, _ := ctx.Value(requestIDsKey{}).(*requestIDs)
	return ids
}

// RequestID returns the id that [NewHandler] gave the context's request, such
// as req-5c3f8a80-16cd-43dd-8448-eb211c80319c. It is empty if the context has
// no such request.
func RequestID(ctx context.Context) string {
	if ids := requestIDsFrom(ctx); ids != nil {
		return ids.own[0]
	}
	return ""
}

// LogAttrs returns attributes for a log line about the context's request and
// span: trace_id and span_id as OpenTelemetry writes them, and request_id and
// global_request_id as oslo.log does. It leaves out those that the context does
// not have.
//
//	slog.LogAttrs(ctx, slog.LevelInfo, "image found", otelhttp.LogAttrs(ctx)...)
func LogAttrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	sc := trace.SpanContextFromContext(ctx)
	if sc.HasTraceID() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()))
	}
	if sc.IsValid() { // a root that came in has none, if no span was opened
		attrs = append(attrs, slog.String("span_id", sc.SpanID().String()))
	}
	if id := RequestID(ctx); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if id := propagation.IncomingGlobalRequestID(ctx); id != "" {
		attrs = append(attrs, slog.String("global_request_id", id))
	}
	return attrs
}
