// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// requestIDs is the context of a request that is served, with the ids of it.
type requestIDs struct {
	context.Context
	own    [1]string // as a header has it
	global string
	parent trace.SpanContext
	around *trace.Span // in which the request is served, where the spans are of its provider
}

type requestIDsKey struct{}

func (ids *requestIDs) Value(key any) any {
	if key == (requestIDsKey{}) {
		return ids
	}
	return ids.Context.Value(key)
}

func requestIDsFrom(ctx context.Context) *requestIDs {
	ids, _ := ctx.Value(requestIDsKey{}).(*requestIDs)
	return ids
}

// RequestID returns the id that [NewHandler] gave the request which the context
// belongs to, such as req-5c3f8a80-16cd-43dd-8448-eb211c80319c, or nothing.
func RequestID(ctx context.Context) string {
	if ids := requestIDsFrom(ctx); ids != nil {
		return ids.own[0]
	}
	return ""
}

// LogAttrs returns what a log line says of the request and the span that the
// context belongs to: trace_id and span_id as OpenTelemetry writes them, and
// request_id and global_request_id as oslo.log does. What there is not is left
// out.
//
//	slog.LogAttrs(ctx, slog.LevelInfo, "image found", otelhttp.LogAttrs(ctx)...)
func LogAttrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	sc := trace.SpanContextFromContext(ctx)
	if sc.HasTraceID() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()))
	}
	if sc.IsValid() { // a root that came in, where no span was opened, has none
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
