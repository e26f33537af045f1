// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
)

// backend is an exporter whose result the test decides.
type backend struct {
	answer func(ctx context.Context, spans []sdktrace.ReadOnlySpan) error
}

func (b backend) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return b.answer(ctx, spans)
}

func (backend) Shutdown(context.Context) error { return nil }

func takes(context.Context, []sdktrace.ReadOnlySpan) error { return nil }

func refuses(context.Context, []sdktrace.ReadOnlySpan) error { return errors.New("no") }

func hangs(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	<-ctx.Done()
	return ctx.Err()
}

// spanNamed returns a span with an id of its own.
func spanNamed(name string) sdktrace.ReadOnlySpan {
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	return tracetest.SpanStub{
		Name:        name,
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID([]byte(name + "12345678")[:8])}),
		StartTime:   at, EndTime: at.Add(time.Second),
	}.Snapshot()
}

// exported returns the names of the spans in the store that have the mark.
func exported(t *testing.T, store *memory) []string {
	t.Helper()
	tr, err := points.Fetch(t.Context(), store, trace.TraceID{1}.String())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, span := range tr.Spans() {
		if slices.Contains(span.Attributes(), points.ExportedKey.Bool(true)) {
			names = append(names, span.Name())
		}
	}
	slices.Sort(names)
	return names
}

// The spans that a back end accepted are marked, and no others.
func TestExportedSpansAreMarked(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(context.Context, []sdktrace.ReadOnlySpan) error
		want   []string
	}{
		"all taken":  {takes, []string{"a", "b", "c"}},
		"all failed": {refuses, []string{}},
		"one failed": {func(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
			if spans[0].Name() == "b" {
				return errors.New("no")
			}
			return nil
		}, []string{"a", "c"}},
		"failed, then taken": {func() func(context.Context, []sdktrace.ReadOnlySpan) error {
			failed := map[string]bool{}
			return func(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
				if name := spans[0].Name(); !failed[name] {
					failed[name] = true
					return errors.New("no")
				}
				return nil
			}
		}(), []string{"a", "b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			live := points.NewLiveExporter(backend{test.answer})
			store := &memory{}
			exporter := points.NewSpanExporter(store, points.WithLiveExporter(live, time.Minute))
			spans := []sdktrace.ReadOnlySpan{spanNamed("a"), spanNamed("b"), spanNamed("c")}
			for i := range spans {
				for range map[bool]int{true: 2, false: 1}[name == "failed, then taken"] {
					_ = live.ExportSpans(t.Context(), spans[i:i+1])
				}
			}
			if err := exporter.ExportSpans(t.Context(), spans); err != nil {
				t.Fatal(err)
			}
			if got := exported(t, store); !slices.Equal(got, test.want) {
				t.Errorf("marked are %q, want %q", got, test.want)
			}
			if stored, err := points.Fetch(t.Context(), store, trace.TraceID{1}.String()); err != nil || stored.Len() != 3 {
				t.Errorf("%d points, %v", stored.Len(), err)
			}
		})
	}
}

// The store waits until the outcome is known, in whatever order the two
// exporters are called.
func TestStoreWaitsForTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := points.NewLiveExporter(backend{takes})
		store := &memory{}
		exporter := points.NewSpanExporter(store, points.WithLiveExporter(live, time.Minute))
		spans := []sdktrace.ReadOnlySpan{spanNamed("a"), spanNamed("b")}
		done := make(chan error)
		go func() { done <- exporter.ExportSpans(t.Context(), spans) }()
		synctest.Wait()
		if len(store.list) > 0 {
			t.Fatal("stored before anything was known")
		}
		_ = live.ExportSpans(t.Context(), spans[1:])
		synctest.Wait()
		if len(store.list) > 0 {
			t.Fatal("stored before all was known")
		}
		_ = live.ExportSpans(t.Context(), spans[:1])
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := exported(t, store); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("marked are %q", got)
		}
	})
}

// A back end that hangs delays the store once, for no longer than was set and
// for no longer than half of the time that the context leaves.
func TestHangingBackendDelaysTheStoreOnce(t *testing.T) {
	for name, test := range map[string]struct{ wait, timeout, want time.Duration }{
		"the time to wait ends":  {2 * time.Second, time.Minute, 2 * time.Second},
		"half of the time":       {time.Hour, 10 * time.Second, 5 * time.Second},
		"no time at all":         {time.Hour, 0, 0},
		"nothing is waited for":  {0, time.Minute, 0},
		"a time without a bound": {3 * time.Second, -1, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.timeout >= 0 {
					ctx, cancel = context.WithTimeout(ctx, test.timeout)
					defer cancel()
				}
				live := points.NewLiveExporter(backend{hangs})
				store := &memory{}
				exporter := points.NewSpanExporter(store, points.WithLiveExporter(live, test.wait))
				begun := time.Now()
				go func() { _ = live.ExportSpans(ctx, []sdktrace.ReadOnlySpan{spanNamed("a")}) }()
				for _, name := range []string{"a", "b", "c"} {
					if err := exporter.ExportSpans(ctx, []sdktrace.ReadOnlySpan{spanNamed(name)}); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(begun); took != test.want {
					t.Errorf("it took %s, want %s", took, test.want)
				}
				if got := exported(t, store); len(got) > 0 {
					t.Errorf("marked are %q", got)
				}
				if len(store.list) != 6 {
					t.Errorf("%d notifications are stored", len(store.list))
				}
				cancel()
			})
		})
	}
}

// When a silent back end answers again, the store waits again.
func TestStoreWaitsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := points.NewLiveExporter(backend{takes})
		store := &memory{}
		exporter := points.NewSpanExporter(store, points.WithLiveExporter(live, time.Second))
		export := func(name string) (done chan error) {
			done = make(chan error, 1)
			go func() { done <- exporter.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spanNamed(name)}) }()
			synctest.Wait()
			return done
		}
		<-export("a") // in vain
		_ = live.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spanNamed("other")})
		waiting := export("b")
		_ = live.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spanNamed("b")})
		<-waiting
		if got := exported(t, store); !slices.Equal(got, []string{"b"}) {
			t.Errorf("marked are %q", got)
		}
	})
}

// Spans that nobody stores don't pile up, and the newest are known.
func TestOutcomesAreForgotten(t *testing.T) {
	live := points.NewLiveExporter(backend{takes})
	store := &memory{}
	exporter := points.NewSpanExporter(store, points.WithLiveExporter(live, 0))
	name := func(i int) string { return string([]byte{'s', byte(i >> 16), byte(i >> 8), byte(i), 0, 0, 0, 1}) }
	const spans = 10_000
	for i := range spans {
		_ = live.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spanNamed(name(i))})
	}
	for _, i := range []int{0, spans - 4096, spans - 4097, spans - 1} {
		_ = exporter.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spanNamed(name(i))})
	}
	if got := exported(t, store); len(got) != 2 {
		t.Errorf("marked are %q", got)
	}
}

// The mark goes with the span, as a point and back.
func TestMarkThereAndBack(t *testing.T) {
	live := points.NewLiveExporter(backend{takes})
	first, second := &memory{}, &memory{}
	spans := []sdktrace.ReadOnlySpan{spanNamed("a")}
	_ = live.ExportSpans(t.Context(), spans)
	_ = points.NewSpanExporter(first, points.WithLiveExporter(live, 0)).ExportSpans(t.Context(), spans)
	tr, err := points.Fetch(t.Context(), first, trace.TraceID{1}.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = points.NewSpanExporter(second).ExportSpans(t.Context(), tr.Spans())
	if got := exported(t, second); !slices.Equal(got, []string{"a"}) {
		t.Errorf("marked are %q", got)
	}
	if len(spans[0].Attributes()) != 0 {
		t.Errorf("the program's own span has %v", spans[0].Attributes())
	}
}
