// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// A trace can have no parent, as after a signed root came in. A context without
// a trace joins such a trace, and a context that is in one stays in it.
func TestFallbackWithoutParent(t *testing.T) {
	inTrace := func(first byte) context.Context {
		return trace.ContextWithRemoteSpanContext(context.Background(),
			trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{first}, TraceFlags: trace.FlagsSampled, Remote: true}))
	}
	f := newFallback(inTrace(1))
	if got := trace.SpanContextFromContext(f.join(context.Background())).TraceID(); got != (trace.TraceID{1}) {
		t.Errorf("joined the trace %s", got)
	}
	if got := trace.SpanContextFromContext(f.join(inTrace(2))).TraceID(); got != (trace.TraceID{2}) {
		t.Errorf("left for the trace %s", got)
	}
}
