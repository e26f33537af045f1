//go:build !race

package propagation

import (
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The race detector makes sync.Pool forget at random, so allocations are
// counted without it.

// Law 8: off costs nothing, and on at most 4 allocations.
func TestInjectAllocations(t *testing.T) {
	key := mustKey(t, "SECRET_KEY")
	sampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false))
	unsampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, false, false))
	carrier := propagation.HeaderCarrier{}
	osprofiler := NewOSProfiler(key)
	for name, test := range map[string]struct {
		inject func()
		most   float64
	}{
		"no key":         {func() { (OSProfiler{}).Inject(sampled, carrier) }, 0},
		"unsampled":      {func() { osprofiler.Inject(unsampled, carrier) }, 0},
		"no span":        {func() { osprofiler.Inject(t.Context(), carrier) }, 0},
		"sampled, a key": {func() { osprofiler.Inject(sampled, carrier) }, 4},
	} {
		if got := testing.AllocsPerRun(100, test.inject); got > test.most {
			t.Errorf("%s: %v allocations, want at most %v", name, got, test.most)
		}
	}
}
