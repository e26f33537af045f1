// SPDX-License-Identifier: Apache-2.0

package points

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/ostrace/ostrace/propagation"
)

// PointName returns the name of the point from which a span was made, such as
// "wsgi" or "neutron.db". It is empty for a span that was not made from a point.
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
		// Other instrumentations use an attribute of this name for other
		// values.
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

// RequestID returns the id under which a service of OpenStack logged a request, such
// as "req-" and a UUID. It is the attribute openstack.request_id, which the spans of
// this module's clients and handlers have, and those of oslo.middleware's
// TracingMiddleware. The points that OSProfiler stores do not have it.
func RequestID(span sdktrace.ReadOnlySpan) string {
	return spanValues(span.Attributes()).text("openstack.request_id")
}

// NotFound reports whether a span failed because a resource does not exist. Either
// the status of an HTTP response is 404, or the exception is one whose name ends with
// NotFound, such as nova.exception.InstanceNotFound, as OpenStack's services call it.
func NotFound(span sdktrace.ReadOnlySpan) bool {
	values := spanValues(span.Attributes())
	return values.text(semconv.HTTPResponseStatusCodeKey) == "404" || strings.HasSuffix(values.text(semconv.ErrorTypeKey), "NotFound")
}

// Missing reports whether the start or the end of the point from which a span was
// made is missing. Then the start and the end of the span have the same time.
// See [MissingKey].
func Missing(span sdktrace.ReadOnlySpan) (start, end bool) {
	missing := spanValues(span.Attributes()).text(MissingKey)
	return missing == "start", missing == "stop"
}

// IDs returns OSProfiler's ids of a span, with the keys propagation.BaseIDKey,
// [TraceIDKey] and propagation.ParentIDKey. They are the ids in the span's
// attributes. If there are none, they are made from the span's own ids, as the
// package propagation describes.
func IDs(span sdktrace.ReadOnlySpan) []attribute.KeyValue {
	baseID, traceID, parentID := idsOf(span)
	return []attribute.KeyValue{propagation.BaseIDKey.String(baseID), TraceIDKey.String(traceID), propagation.ParentIDKey.String(parentID)}
}
