// SPDX-License-Identifier: Apache-2.0

package points

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/ostrace/ostrace/propagation"
)

// PointName returns the name of the point that a span was made of, such as "wsgi"
// or "neutron.db", or an empty text for a span that was made of none.
func PointName(span sdktrace.ReadOnlySpan) string {
	return spanValues(span.Attributes()).text(PointKey)
}

// FunctionName returns the name of the function whose time a span is, without the
// module and the class, such as "build_and_run_instance", or an empty text. It is
// the last part of the attribute code.function.name, or of the attribute name, in
// which OSProfiler's own OTLP driver (osprofiler/drivers/otlp.py) puts it.
func FunctionName(span sdktrace.ReadOnlySpan) string {
	values := spanValues(span.Attributes())
	full := values.text(semconv.CodeFunctionNameKey)
	if full == "" {
		// Other instrumentations have other things in an attribute of this name.
		full = values.text("name")
		if !strings.Contains(full, ".") || strings.ContainsAny(full, " /") {
			return ""
		}
	}
	return full[strings.LastIndexByte(full, '.')+1:]
}

// RequestOrFunction returns what "osprofiler trace show --dot" writes below a
// point's name: the method and the path of the HTTP request that a point answered,
// or else the [FunctionName].
func RequestOrFunction(span sdktrace.ReadOnlySpan) string {
	values := spanValues(span.Attributes())
	if method := values.text("http.method"); method != "" && values.text(PointKey) != "" {
		return method + " " + values.text("http.path")
	}
	return FunctionName(span)
}

// Missing reports whether the start or the end of the point that a span was made
// of is missing, so that the span has the time of the other one for both. See
// [MissingKey].
func Missing(span sdktrace.ReadOnlySpan) (start, end bool) {
	missing := spanValues(span.Attributes()).text(MissingKey)
	return missing == "start", missing == "stop"
}

// IDs returns the ids that OSProfiler has for a span, under the keys [BaseIDKey],
// [TraceIDKey] and [ParentIDKey]. They are those of the span's attributes, or else
// those of the bridge.
func IDs(span sdktrace.ReadOnlySpan) []attribute.KeyValue {
	baseID, traceID, parentID := idsOf(span)
	return []attribute.KeyValue{propagation.BaseIDKey.String(baseID), TraceIDKey.String(traceID), propagation.ParentIDKey.String(parentID)}
}
