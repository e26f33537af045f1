// SPDX-License-Identifier: Apache-2.0

package points

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/ostrace/ostrace/propagation"
)

// PointName returns the name of the point of which a span was made, such as
// "wsgi" or "neutron.db". It is empty for a span that was not made of a point.
func PointName(span sdktrace.ReadOnlySpan) string {
	return spanValues(span.Attributes()).text(PointKey)
}

// FunctionName returns the name of the function that a span measures, without
// the module and the class, such as "build_and_run_instance". It is empty if
// there is none. It is the last part of the attribute code.function.name, or of
// the attribute name, into which OSProfiler's own OTLP driver
// (osprofiler/drivers/otlp.py) writes it.
func FunctionName(span sdktrace.ReadOnlySpan) string {
	values := spanValues(span.Attributes())
	full := values.text(semconv.CodeFunctionNameKey)
	if full == "" {
		// Other instrumentations have other values in an attribute of this
		// name.
		full = values.text("name")
		if !strings.Contains(full, ".") || strings.ContainsAny(full, " /") {
			return ""
		}
	}
	return full[strings.LastIndexByte(full, '.')+1:]
}

// RequestOrFunction returns the text that "osprofiler trace show --dot" writes
// below a point's name. It is the method and the path of the HTTP request that
// the point answered, or else the [FunctionName].
func RequestOrFunction(span sdktrace.ReadOnlySpan) string {
	values := spanValues(span.Attributes())
	if method := values.text("http.method"); method != "" && values.text(PointKey) != "" {
		return method + " " + values.text("http.path")
	}
	return FunctionName(span)
}

// Missing reports whether the start or the end of the point of which a span was
// made is missing. The span has the same time as its start and its end then.
// See [MissingKey].
func Missing(span sdktrace.ReadOnlySpan) (start, end bool) {
	missing := spanValues(span.Attributes()).text(MissingKey)
	return missing == "start", missing == "stop"
}

// IDs returns OSProfiler's ids of a span, with the keys propagation.BaseIDKey,
// [TraceIDKey] and propagation.ParentIDKey. They are those of the span's
// attributes, or else those of the bridge.
func IDs(span sdktrace.ReadOnlySpan) []attribute.KeyValue {
	baseID, traceID, parentID := idsOf(span)
	return []attribute.KeyValue{propagation.BaseIDKey.String(baseID), TraceIDKey.String(traceID), propagation.ParentIDKey.String(parentID)}
}
