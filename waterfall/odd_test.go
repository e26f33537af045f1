// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// odd is a trace with all kinds of bad data that a store may hold.
func odd() []sdktrace.ReadOnlySpan {
	r := newRecorder()
	stub := func(id int) *tracetest.SpanStub { return &r.stubs[id-1] }

	top := r.span(0, "api", "top", 0, 100)
	async := r.span(top, "worker", "child outside its parent", 90, 180)
	r.span(async, "worker", "before its parent", 20, 30)
	orphan := r.span(0, "api", "parent is not here", 10, 20)
	stub(orphan).Parent = r.context(4711)

	self := r.span(0, "api", "its own parent", 30, 40)
	stub(self).Parent = r.context(self)
	a := r.span(0, "api", "circle a", 40, 60)
	b := r.span(a, "api", "circle b", 45, 55)
	stub(a).Parent = r.context(b)
	r.span(b, "api", "child of the circle", 47, 50)

	twin := r.span(top, "api", "twin", 60, 70)
	stub(r.span(top, "api", "twin with the same id", 61, 62)).SpanContext = r.context(twin)
	r.span(twin, "api", "child of a twin", 63, 64)

	stub(r.span(top, "api", "unfinished", 70, 0)).EndTime = time.Time{}
	stub(r.span(top, "api", "no start", 0, 75)).StartTime = time.Time{}
	r.set(r.span(top, "api", "stop is missing", 72, 72), "label.missing", "end")
	r.set(r.span(top, "api", "start is missing", 72, 72), "label.missing", "start")
	nothing := stub(r.span(top, "", "", 0, 0))
	nothing.StartTime, nothing.EndTime, nothing.Resource = time.Time{}, time.Time{}, nil
	r.span(top, "api", "backwards", 80, 70)
	unsampled := stub(r.span(top, "api", "unsampled", 80, 85))
	unsampled.SpanContext = unsampled.SpanContext.WithTraceFlags(0)
	other := stub(r.span(top, "api", "another trace", 82, 90))
	other.SpanContext = other.SpanContext.WithTraceID(trace.TraceID{15: 1})

	r.fail(r.span(top, "api", "error without a reason", 86, 87), "")
	r.fail(r.span(top, "api", "type", 87, 88), "", attribute.String("error.type", "timeout"))
	r.fail(r.span(top, "api", "hostile \x1b[2J\x1b]0;title\a name", 88, 89), "two\nlines\r\u202e and \x9b31m")
	r.span(top, "数据库", "SELECT 実行 ﾊﾝｶｸ ☃ e\u0301\u0301\u0301\u0301 ✅ \U0001f680", 90, 95)
	r.span(top, strings.Repeat("long", 20), strings.Repeat("and so on ", 20), 95, 99)
	return r.stubs.Snapshots()
}

// deep is a chain of n spans, with an error at its end.
func deep(n int) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	id := 0
	for i := range n {
		id = r.span(id, "deep", fmt.Sprintf("level %d", i), float64(i), float64(2*n-i))
		r.span(id, "deep", "beside it", float64(2*n-i), float64(2*n-i)+1)
	}
	r.fail(id, "the last level failed for a reason that is too long to stand behind it")
	return r.stubs.Snapshots()
}

// polling is the trace of a client that waits for a slow server, without spans of the
// server.
func polling() []sdktrace.ReadOnlySpan {
	r := newRecorder()
	root := r.span(0, "createserver", "createserver", 0, 63000)
	r.span(root, "createserver", "POST /v2.1/servers", 1, 1200)
	for i := range 12 {
		at := 1300 + float64(i)*5000
		r.set(r.span(root, "createserver", "GET /v2.1/servers/{id}", at, at+300), "url.full", "https://cloud.example/v2.1/servers/7")
	}
	return r.stubs.Snapshots()
}

// The names and reasons of a trace come from the network.
func TestNothingSteersTheTerminal(t *testing.T) {
	var hostile strings.Builder
	for c := range rune(0x200) {
		hostile.WriteRune(c)
	}
	hostile.WriteString("\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\U000e0041 \xff\x9b\x1b[31m\x1b]8;;x\x07")
	text := hostile.String()

	ours := regexp.MustCompile("\x1b\\[(0|1|2|(1;)?(3[1-6]|9[45]))m")
	for _, color := range []Color{ColorNever, ColorAlways} {
		for _, width := range []int{80, 10000} {
			r := newRecorder()
			root := r.span(0, text, text, 0, 10)
			for range 2 * minSubtrees {
				r.span(root, "service", text, 1, 2)
			}
			r.fail(r.span(root, text, "description", 0, 1), text)
			r.fail(r.span(root, text, "status", 0, 1), "", attribute.String("http.response.status_code", text))
			r.fail(r.span(root, text, "type", 0, 1), "", attribute.String("error.type", text))
			got := draw(t, r.stubs.Snapshots(), Options{Width: width, Color: color})
			if color == ColorAlways {
				got = ours.ReplaceAllString(got, "")
			}
			for i, c := range got {
				if c != '\n' && !unicode.IsGraphic(c) {
					t.Errorf("color %d, width %d: %U at %d in %q", color, width, c, i, got)
					break
				}
			}
			// No name adds a line. There are two of title and heading; three
			// failures, with their reasons, and a blank one; five of the tree,
			// with three reasons; and tables of two services and of four kinds
			// on the critical path.
			if lines := strings.Count(got, "\n"); lines > 2+(3*2+1)+(5+3)+(2+2)+(2+4) {
				t.Errorf("%d lines", lines)
			}
		}
	}
}
