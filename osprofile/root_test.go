// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// A context can be in a trace and have no parent, as after a signed root came
// in. It stays in that trace, with an OpenTelemetry SDK and without one.
func TestStartInATraceWithoutParent(t *testing.T) {
	t.Setenv("TRACEPARENT", "00-"+outerTrace+"-"+outerSpan+"-01")
	const traceID = "b74f34105463852d9c434723dde138d8"
	id, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		t.Fatal(err)
	}
	root := trace.ContextWithRemoteSpanContext(context.Background(),
		trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, TraceFlags: trace.FlagsSampled, Remote: true}))
	sampled, _ := newSDK(sdktrace.WithSampler(sdktrace.AlwaysSample()))
	for name, provider := range map[string]trace.TracerProvider{"SDK": sampled, "no SDK": noop.NewTracerProvider()} {
		_, run, err := keyed().Start(root, "command", WithTracerProvider(provider))
		if err != nil {
			t.Fatal(err)
		}
		if run.TraceID() != traceID {
			t.Errorf("%s: in the trace %s", name, run.TraceID())
		}
	}
}
