// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/uuid"
)

// The attributes of a span with those ids of OSProfiler that can't be derived from
// the span's own ids.
const (
	// BaseIDKey is the base_id, where it is not the trace id written as a UUID.
	BaseIDKey = attribute.Key("osprofiler.base_id")
	// ParentIDKey is the parent_id, where it is neither what [ParentID] returns
	// for the span's parent nor, of a root span, the base_id.
	ParentIDKey = attribute.Key("osprofiler.parent_id")
)

// BaseID returns the base_id of a trace: its 16 bytes written as a UUID.
func BaseID(id trace.TraceID) string {
	return uuid.UUID(id).String()
}

// ParentID returns the parent_id that stands for a span: the first 8 bytes of
// the TraceID followed by the 8 bytes of the SpanID, written as a UUID. For a
// span whose id is the last half of its TraceID it is the [BaseID], with which
// OSProfiler says that there is no parent.
func ParentID(traceID trace.TraceID, spanID trace.SpanID) string {
	return uuid.Join(traceID[:8], spanID[:]).String()
}

// Derivable reports which of the ids of t the bridge makes of a span's parent.
// These are the [BaseID] and the [ParentID]. A root span has a parent without a
// SpanID: both of its ids are the BaseID. Of a parent without a TraceID the bridge
// makes neither.
func Derivable(t hmac.TraceInfo, parent trace.SpanContext) (baseID, parentID bool) {
	if !parent.HasTraceID() {
		return false, false
	}
	traceID, spanID := parent.TraceID(), parent.SpanID()
	var text [uuid.Len]byte
	base := uuid.UUID(traceID).Append(text[:0])
	baseID = string(base) == t.BaseID
	if !spanID.IsValid() {
		return baseID, string(base) == t.ParentID
	}
	return baseID, string(uuid.Join(traceID[:8], spanID[:]).Append(text[:0])) == t.ParentID
}

// TraceID returns the trace that a base_id names. It reports false for a text
// that Python's uuid.UUID refuses, and for the UUID of zeros, which
// OpenTelemetry does not accept as a TraceID.
func TraceID(baseID string) (trace.TraceID, bool) {
	parsed, ok := uuid.Parse(baseID)
	id := trace.TraceID(parsed)
	return id, ok && id.IsValid()
}

// SpanID returns the span that a parent_id or a point's trace_id names. It is
// the last 8 bytes of a UUID. A text of 16 hex digits is read as the 8 bytes
// themselves, because one fork of OSProfiler (platform9/pf9-osprofiler) puts
// the parent id of a traceparent there. SpanID reports false for any other text
// that Python's uuid.UUID refuses, and for 8 bytes of zeros, which
// OpenTelemetry does not accept as a SpanID.
func SpanID(parentID string) (trace.SpanID, bool) {
	if id, ok := parseSpanID(parentID); ok {
		return id, id.IsValid()
	}
	parsed, ok := uuid.Parse(parentID)
	id := trace.SpanID(parsed[8:])
	return id, ok && id.IsValid()
}

// parseSpanID reads 16 hex digits.
func parseSpanID(s string) (id trace.SpanID, ok bool) {
	if len(s) != 2*len(id) {
		return id, false
	}
	for i := range len(s) {
		digit, ok := uuid.HexDigit(s[i])
		if !ok {
			return trace.SpanID{}, false
		}
		id[i/2] = id[i/2]<<4 | digit
	}
	return id, true
}

// IsRoot reports whether there is no parent: OSProfiler then writes the base_id
// into parent_id too. IsRoot compares two UUIDs by their bytes, and other texts
// as they are.
func IsRoot(baseID, parentID string) bool {
	if baseID == parentID {
		return true
	}
	base, ok := uuid.Parse(baseID)
	parent, ok2 := uuid.Parse(parentID)
	return ok && ok2 && base == parent
}

// ShortID returns the "short trace ID for OpenTracing-based drivers" as the
// openstack command prints it: the last 8 bytes in hex, without leading zeros.
func ShortID(id trace.TraceID) string {
	short := strings.TrimLeft(hex.EncodeToString(id[8:]), "0")
	if short == "" {
		return "0"
	}
	return short
}
