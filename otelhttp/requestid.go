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

// requestIDs are what a context carries of the request that it serves.
type requestIDs struct {
	own, global string
	parent      trace.SpanContext
}

type requestIDsKey struct{}

func requestIDsFrom(ctx context.Context) *requestIDs {
	ids, _ := ctx.Value(requestIDsKey{}).(*requestIDs)
	return ids
}

// RequestID returns the id that [NewHandler] gave the request which the context
// belongs to, such as req-5c3f8a80-16cd-43dd-8448-eb211c80319c, or nothing.
func RequestID(ctx context.Context) string {
	if ids := requestIDsFrom(ctx); ids != nil {
		return ids.own
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
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	if ids := requestIDsFrom(ctx); ids != nil {
		attrs = append(attrs, slog.String("request_id", ids.own))
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
	text := make([]byte, 0, len("req-")+36)
	text = append(text, "req-"...)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}
