// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Labels add text to spans, for traces whose spans have more information than the
// fields that OpenTelemetry gives every span. The zero value is right for any trace.
// The functions are called in the goroutine that draws, and can be called more than
// once for a span. The texts that they return can't control a terminal, or become
// part of a page's markup.
type Labels struct {
	// Name returns what a span is called. If it is nil or returns an empty
	// text, that is the span's own name.
	Name func(sdktrace.ReadOnlySpan) string

	// Detail returns what is written behind a span's name, such as the path of
	// an HTTP request whose span is called "GET", or the table of a database
	// query. Siblings share a line only if their details are equal, apart from
	// the ids in them. If it is nil or returns an empty text, nothing is
	// written.
	Detail func(sdktrace.ReadOnlySpan) string

	// Kind returns the group that a span belongs to in the table of kinds, such
	// as "database". If it is nil or returns an empty text, that is the span's
	// OpenTelemetry kind: internal, server, client, producer or consumer.
	Kind func(sdktrace.ReadOnlySpan) string

	// IDs returns ids that a span has in other systems. On an HTML page they
	// stand with its trace id and span id, and are found by a search. An
	// attribute of the span with the same key is not shown a second time.
	IDs func(sdktrace.ReadOnlySpan) []attribute.KeyValue

	// RequestID returns the id under which the service that answered a request
	// writes its log. The title has the id of the trace's first request. If it
	// is nil or returns an empty text for every span, the title has none.
	RequestID func(sdktrace.ReadOnlySpan) string

	// NotFound reports whether a span with the status Error failed because the
	// thing that it asked for does not exist. A GET that fails in this way
	// after a DELETE of the same path has succeeded is not drawn or counted as
	// an error: the program waited until the thing was gone. If it is nil, the
	// span's HTTP status must be 404.
	NotFound func(sdktrace.ReadOnlySpan) bool

	// Missing reports whether a span's start or its end is unknown, although
	// the span has a time there, because it was recorded in a format that can't
	// leave a time out. A time that is zero is unknown in any case.
	Missing func(sdktrace.ReadOnlySpan) (start, end bool)
}

func (l Labels) name(span sdktrace.ReadOnlySpan) string {
	return cmp.Or(call(l.Name, span), span.Name())
}

func (l Labels) kind(span sdktrace.ReadOnlySpan) string {
	return cmp.Or(call(l.Kind, span), trace.ValidateSpanKind(span.SpanKind()).String())
}

func (l Labels) ids(span sdktrace.ReadOnlySpan) []attribute.KeyValue {
	if l.IDs == nil {
		return nil
	}
	return l.IDs(span)
}

func (l Labels) notFound(span sdktrace.ReadOnlySpan) bool {
	if l.NotFound == nil {
		return requestOf(span).status == http.StatusNotFound
	}
	return l.NotFound(span)
}

func (l Labels) missing(span sdktrace.ReadOnlySpan) (start, end bool) {
	if l.Missing != nil {
		start, end = l.Missing(span)
	}
	return start || span.StartTime().IsZero(), end || span.EndTime().IsZero()
}

func call(f func(sdktrace.ReadOnlySpan) string, span sdktrace.ReadOnlySpan) string {
	if f == nil {
		return ""
	}
	return f(span)
}
