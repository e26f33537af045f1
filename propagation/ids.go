package propagation

import (
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// BaseID returns the base_id of a trace: its 16 bytes written as a UUID.
func BaseID(id trace.TraceID) string {
	return string(appendUUID(make([]byte, 0, uuidLen), id[:8], id[8:]))
}

// ParentID returns the parent_id that stands for a span: the first 8 bytes of
// the TraceID followed by the 8 bytes of the SpanID, written as a UUID. For a
// span whose id is the last half of its TraceID it is the [BaseID], with which
// OSProfiler says that there is no parent.
func ParentID(traceID trace.TraceID, spanID trace.SpanID) string {
	return string(appendUUID(make([]byte, 0, uuidLen), traceID[:8], spanID[:]))
}

// TraceID returns the trace that a base_id names. It reports false for what
// Python's uuid.UUID refuses, and for the all-zero UUID, which OpenTelemetry
// does not accept as a TraceID.
func TraceID(baseID string) (trace.TraceID, bool) {
	uuid, ok := parseUUID(baseID)
	id := trace.TraceID(uuid)
	return id, ok && id.IsValid()
}

// SpanID returns the span that a parent_id or a point's trace_id names: the
// last 8 bytes of the UUID. It reports false for what Python's uuid.UUID
// refuses, and where those bytes are all zero, which OpenTelemetry does not
// accept as a SpanID.
func SpanID(parentID string) (trace.SpanID, bool) {
	uuid, ok := parseUUID(parentID)
	id := trace.SpanID(uuid[8:])
	return id, ok && id.IsValid()
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

const uuidLen = 36

// appendUUID appends a UUID given as two halves.
func appendUUID(b, high, low []byte) []byte {
	const digits = "0123456789abcdef"
	var text [uuidLen]byte
	at := 0
	for i := range 16 {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		c := high[i&7]
		if i >= 8 {
			c = low[i&7]
		}
		text[at], text[at+1] = digits[c>>4], digits[c&0xf]
		at += 2
	}
	return append(b, text[:]...)
}

var uuidDecoration = strings.NewReplacer("urn:", "", "uuid:", "")

// parseUUID reads a UUID of any version and variant as Python's uuid.UUID does:
// with or without hyphens, braces and urn:uuid:.
func parseUUID(s string) (id [16]byte, ok bool) {
	if strings.Contains(s, ":") {
		s = uuidDecoration.Replace(s)
	}
	s = strings.Trim(s, "{}")
	n := 0
	for i := range len(s) {
		var digit byte
		switch c := s[i]; {
		case c == '-':
			continue
		case c >= '0' && c <= '9':
			digit = c - '0'
		case c >= 'a' && c <= 'f':
			digit = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			digit = c - 'A' + 10
		default:
			return id, false
		}
		if n == 32 {
			return id, false
		}
		id[n/2] = id[n/2]<<4 | digit
		n++
	}
	return id, n == 32
}
