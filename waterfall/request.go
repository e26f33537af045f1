// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// request is what a span says of an HTTP request. The texts are as they were recorded.
type request struct {
	method, path, query string
	status              int64
}

// requestOf reads a span's attributes by OpenTelemetry's conventions for HTTP, of
// today and from before version 1.23. Without any of them, the request is empty.
func requestOf(span sdktrace.ReadOnlySpan) request {
	var r request
	for _, a := range span.Attributes() {
		switch a.Key {
		case "http.request.method", "http.method":
			r.method = a.Value.AsString()
		case "http.response.status_code", "http.status_code":
			if a.Value.Type() == attribute.INT64 {
				r.status = a.Value.AsInt64()
			}
		case "url.path":
			r.path = a.Value.AsString()
		case "url.query":
			r.query = a.Value.AsString()
		case "url.full", "http.url", "http.target":
			r.path, r.query = splitURL(a.Value.AsString())
		}
	}
	return r
}

// isFor reports whether n is a request for the same thing.
func (r request) isFor(n *node) bool {
	other := requestOf(n.span)
	return other.path == r.path && other.query == r.query
}

// splitURL returns the path and the query of a URL, or of a path with a query.
func splitURL(url string) (path, query string) {
	url, _, _ = strings.Cut(url, "#")
	path, query, _ = strings.Cut(url, "?")
	if _, rest, found := strings.Cut(path, "://"); found {
		at := strings.IndexByte(rest, '/')
		if at < 0 {
			return "/", query
		}
		path = rest[at:]
	}
	return path, query
}
