// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// valid returns a text from outside with U+FFFD in the place of bytes that are
// not UTF-8. OTLP's texts must be UTF-8, and an exporter drops a whole batch
// for one that is not.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

// makeRecordable changes the attributes that are not recordable: those with a
// secret in a URL, and those that are not UTF-8.
func makeRecordable(attributes []attribute.KeyValue) {
	for i := range attributes {
		kv := &attributes[i]
		if kv.Value.Type() != attribute.STRING {
			continue
		}
		text := kv.Value.AsString()
		clean := text
		switch kv.Key {
		case semconv.URLFullKey:
			clean = redact(text, inURL)
		case semconv.URLPathKey:
			clean = redact(text, inPath)
		}
		if clean = valid(clean); clean != text {
			kv.Value = attribute.StringValue(clean)
		}
	}
}

// recordableSet does the same as makeRecordable for the attributes of a metric.
func recordableSet(_ context.Context, set attribute.Set) attribute.Set {
	for i := range set.Len() {
		if kv, _ := set.Get(i); kv.Value.Type() == attribute.STRING && !utf8.ValidString(kv.Value.AsString()) {
			attributes := set.ToSlice()
			makeRecordable(attributes)
			return attribute.NewSet(attributes...)
		}
	}
	return set
}

// isRecordable reports whether everything that OpenTelemetry's handler records
// of r is recordable.
func isRecordable(r *http.Request) bool {
	path := ""
	if r.URL != nil {
		path = r.URL.Path
	}
	return utf8.ValidString(r.Host) && utf8.ValidString(r.Method) && utf8.ValidString(r.Proto) &&
		utf8.ValidString(r.RemoteAddr) && utf8.ValidString(first(r.Header["User-Agent"])) &&
		utf8.ValidString(first(r.Header["X-Forwarded-For"])) && utf8.ValidString(path) && redact(path, inPath) == path
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// panicAttributes returns the attributes of the event with which the SDK
// records a panic. It reports whether it had to change them.
func panicAttributes(recovered any) (attributes []attribute.KeyValue, changed bool) {
	text := fmt.Sprint(recovered)
	clean := valid(redact(text, inText))
	return []attribute.KeyValue{
		semconv.ExceptionType(fmt.Sprintf("%T", recovered)),
		semconv.ExceptionMessage(clean),
	}, clean != text
}
