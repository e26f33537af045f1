// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func TestExpected(t *testing.T) {
	const path = "/v2.1/servers/7"
	for name, test := range map[string]struct {
		make func(*recorder)
		want []string // the spans that failed
	}{
		"a GET after a DELETE": {func(r *recorder) {
			r.request(0, "client", "DELETE", path, 0, 1)
			r.notFound(r.request(0, "client", "GET", path, 2, 3))
		}, nil},
		"a HEAD, and a URL in the place of a path": {func(r *recorder) {
			r.set(r.span(0, "client", "DELETE", 0, 1), "http.request.method", "DELETE", "url.full", "https://cloud.example:8774"+path)
			head := r.span(0, "client", "HEAD", 2, 3)
			r.set(head, "http.request.method", "HEAD", "url.full", "https://cloud.example:8774"+path+"?deleted=1#x")
			r.notFound(head)
		}, nil},
		"the span that raised the exception": {func(r *recorder) {
			r.request(0, "nova", "DELETE", path, 0, 1)
			get := r.request(0, "nova", "GET", path, 2, 6)
			r.notFound(r.span(r.span(get, "nova", "api", 3, 5), "nova", "query", 4, 5))
		}, nil},
		"a GET before the DELETE": {func(r *recorder) {
			r.notFound(r.request(0, "client", "GET", path, 0, 1))
			r.request(0, "client", "DELETE", path, 2, 3)
		}, []string{"GET " + path}},
		"another path": {func(r *recorder) {
			r.request(0, "client", "DELETE", path, 0, 1)
			r.notFound(r.request(0, "client", "GET", path+"0", 2, 3))
		}, []string{"GET " + path + "0"}},
		"a DELETE that failed": {func(r *recorder) {
			r.fail(r.request(0, "client", "DELETE", path, 0, 1), "connection refused")
			r.notFound(r.request(0, "client", "GET", path, 2, 3))
		}, []string{"DELETE " + path, "GET " + path}},
		"a service's span of a DELETE that failed": {func(r *recorder) {
			remove := r.request(0, "nova", "DELETE", path, 0, 1)
			r.notFound(remove)
			r.stubs[remove-1].Status = sdktrace.Status{} // a service did not fail when its client asked for nothing
			r.notFound(r.request(0, "client", "GET", path, 2, 3))
		}, []string{"GET " + path}},
		"another error": {func(r *recorder) {
			r.request(0, "client", "DELETE", path, 0, 1)
			r.fail(r.request(0, "client", "GET", path, 2, 3), "500")
		}, []string{"GET " + path}},
		"another method": {func(r *recorder) {
			r.request(0, "client", "DELETE", path, 0, 1)
			r.notFound(r.request(0, "client", "POST", path, 2, 3))
		}, []string{"POST " + path}},
		"no request": {func(r *recorder) {
			r.request(0, "client", "DELETE", path, 0, 1)
			r.notFound(r.span(0, "client", "read", 2, 3))
		}, []string{"read"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			test.make(r)
			spans := r.stubs.Snapshots()
			var got []string
			for _, n := range newTree(spans, Labels{}).nodes {
				if n.failed {
					got = append(got, n.title)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("failed: %q, want %q", got, test.want)
			}
			drawn, graph := draw(t, spans, Options{}), dot(t, spans)
			if failed := len(got) > 0; strings.Contains(drawn, "error") != failed || strings.Contains(drawn, "✗") != failed ||
				strings.Contains(graph, "red") != failed {
				t.Errorf("drawn as\n%s%s", drawn, graph)
			}
			if expected := strings.Contains(drawn, "404, expected after DELETE"); expected != (len(got) == 0) {
				t.Errorf("expected is %t in\n%s", expected, drawn)
			}
		})
	}
}

// A program's own rule says what is not found.
func TestExpectedByLabel(t *testing.T) {
	r := newRecorder()
	r.request(0, "nova", "DELETE", "/servers/7", 0, 1)
	get := r.request(0, "nova", "GET", "/servers/7", 2, 6)
	r.fail(r.span(get, "nova", "get", 3, 5), "Instance 7 could not be found.")
	spans := r.stubs.Snapshots()
	labels := Labels{NotFound: func(span sdktrace.ReadOnlySpan) bool {
		return strings.HasSuffix(span.Status().Description, "could not be found.")
	}}
	if got := newTree(spans, labels).errors(); got != 0 {
		t.Errorf("%d errors", got)
	}
	if got := newTree(spans, Labels{}).errors(); got != 1 {
		t.Errorf("%d errors without the rule", got)
	}
}

func TestSplitURL(t *testing.T) {
	for url, want := range map[string]string{
		"":                                  " ",
		"/servers/7":                        "/servers/7 ",
		"/servers?name=a#b":                 "/servers name=a",
		"https://h.example:1/servers/7?x=y": "/servers/7 x=y",
		"https://h.example":                 "/ ",
		"https://h.example?x":               "/ x",
		"http://[::1]:8774/v2.1/servers?u=a://b/": "/v2.1/servers u=a://b/",
	} {
		path, query := splitURL(url)
		if got := fmt.Sprint(path, " ", query); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}
