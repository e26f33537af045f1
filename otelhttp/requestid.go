// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

const headerRequestID = "X-Openstack-Request-Id"

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
	if ids := requestIDsFrom(ctx); ids != nil {
		attrs = append(attrs, slog.String("request_id", ids.own[0]))
	}
	if id := propagation.IncomingGlobalRequestID(ctx); id != "" {
		attrs = append(attrs, slog.String("global_request_id", id))
	}
	return attrs
}

// newRequestID returns req- and a random UUID4, as oslo.context makes it. It is
// no secret.
func newRequestID() string {
	var id [16]byte
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64()) //nolint:gosec // see above
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64()) //nolint:gosec // see above
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	var text [len("req-") + 36]byte
	copy(text[:], "req-00000000-0000-0000-0000-000000000000")
	hex.Encode(text[4:], id[:4])
	hex.Encode(text[13:], id[4:6])
	hex.Encode(text[18:], id[6:8])
	hex.Encode(text[23:], id[8:10])
	hex.Encode(text[28:], id[10:])
	return string(text[:])
}
