// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// growing are traces of any size. In each kind of trace another part is long.
var growing = []struct {
	name  string
	spans func(n int) []sdktrace.ReadOnlySpan
}{
	{"tree", func(n int) []sdktrace.ReadOnlySpan { return random(rand.New(rand.NewPCG(7, 8)), n) }},
	{"deep", func(n int) []sdktrace.ReadOnlySpan { return deep(n / 2) }},
	{"layers", func(n int) []sdktrace.ReadOnlySpan {
		return chain(n, func(*recorder, int) string { return "call" })
	}},
	{"failed", func(n int) []sdktrace.ReadOnlySpan {
		return chain(n, func(r *recorder, id int) string {
			r.fail(id, fmt.Sprint("failure ", id))
			return fmt.Sprint("call ", id%7)
		})
	}},
	{"wide", func(n int) []sdktrace.ReadOnlySpan { return polls(n / 4) }},
	{"waits", waits},
	{"overlapping", func(n int) []sdktrace.ReadOnlySpan {
		r := newRecorder()
		root := r.span(0, "service", "root", 0, float64(2*n))
		for i := range n - 1 {
			r.span(root, "service", fmt.Sprint("call ", string(rune('a'+i%7))), float64(i), float64(2*n-i%(n/2)))
		}
		return r.stubs.Snapshots()
	}},
	{"names", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) { r.stubs[i].Name = fmt.Sprint("operation number ", i, " of a program") })
	}},
	{"services", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) { r.stubs[i].Resource = r.resource(fmt.Sprint("service-", i)) })
	}},
	{"traces", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) {
			r.stubs[i].SpanContext = r.stubs[i].SpanContext.WithTraceID(trace.TraceID{1, 14: byte(i >> 8), 15: byte(i)})
		})
	}},
	{"one id", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) { r.stubs[i].SpanContext = r.context(7) })
	}},
	{"circle", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) { r.stubs[i].Parent = r.context((i+1)%n + 1) })
	}},
	{"failures", func(n int) []sdktrace.ReadOnlySpan {
		return siblings(n, func(r *recorder, i int) { r.fail(i+1, fmt.Sprint("failure number ", i)) })
	}},
	{"attributes", func(n int) []sdktrace.ReadOnlySpan {
		r := newRecorder()
		r.span(0, "service", "one", 0, 1)
		for i := range n {
			r.stubs[0].Attributes = append(r.stubs[0].Attributes, attribute.Int(fmt.Sprint("key ", i), i))
		}
		return r.stubs.Snapshots()
	}},
	{"events", func(n int) []sdktrace.ReadOnlySpan {
		r := newRecorder()
		r.span(0, "service", "one", 0, 1)
		for i := range n {
			r.stubs[0].Events = append(r.stubs[0].Events, sdktrace.Event{Name: fmt.Sprint("event ", i)})
		}
		return r.stubs.Snapshots()
	}},
}

// chain makes n spans, each the only child of the one before.
func chain(n int, name func(r *recorder, id int) string) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	id := 0
	for i := range n {
		id = r.span(id, "service", "", float64(i), float64(2*n-i))
		r.stubs[id-1].Name = name(r, id)
	}
	return r.stubs.Snapshots()
}

// siblings makes n spans without a parent. It calls change for each of them.
func siblings(n int, change func(r *recorder, i int)) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	for i := range n {
		r.span(0, "service", "span", float64(i), float64(i)+2)
		change(r, i)
	}
	return r.stubs.Snapshots()
}

// A trace may be deeper than a goroutine's stack. A full stack would end the program.
func TestDeeperThanTheStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20))
	spans := chain(50_000, func(_ *recorder, id int) string { return fmt.Sprint("call ", id%7) })
	for _, opts := range []Options{{}, {Unfold: true}, {Names: []string{"call 3"}}} {
		if err := Draw(io.Discard, spans, opts); err != nil {
			t.Error(err)
		}
	}
	if err := HTML(io.Discard, spans, HTMLOptions{}); err != nil {
		t.Error(err)
	}
	if err := DOT(io.Discard, spans, DOTOptions{}); err != nil {
		t.Error(err)
	}
}

// BenchmarkGrowth draws traces of 1, 10 and 100 times the size. Time and memory
// for each span stay the same, apart from the effect of a processor's caches.
func BenchmarkGrowth(b *testing.B) {
	for _, kind := range growing {
		for _, form := range []struct {
			name string
			draw func([]sdktrace.ReadOnlySpan) error
		}{
			{"Draw", func(spans []sdktrace.ReadOnlySpan) error { return Draw(io.Discard, spans, Options{}) }},
			{"HTML", func(spans []sdktrace.ReadOnlySpan) error { return HTML(io.Discard, spans, HTMLOptions{}) }},
			{"DOT", func(spans []sdktrace.ReadOnlySpan) error { return DOT(io.Discard, spans, DOTOptions{}) }},
		} {
			for _, n := range []int{2000, 20000, 200000} {
				spans := kind.spans(n)
				b.Run(fmt.Sprintf("%s/%s/%d", kind.name, form.name, n), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := form.draw(spans); err != nil {
							b.Fatal(err)
						}
					}
					each := float64(b.N) * float64(n)
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/each, "ns/span")
				})
			}
		}
	}
}
