// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"maps"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
)

// A span that a Go program has stored as a point arrives with all its data.
func TestTracesOfSpan(t *testing.T) {
	began := time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)
	id := func(span byte) trace.SpanContext {
		return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2, 15: 3}, SpanID: trace.SpanID{7: span}, TraceFlags: trace.FlagsSampled})
	}
	attributes := []attribute.KeyValue{
		attribute.String("s", "é"), attribute.Bool("b", true), attribute.Int("i", 7), attribute.Float64("f", 1.5),
		attribute.StringSlice("ss", []string{"a", "b"}), attribute.BoolSlice("bs", []bool{true, false}),
		attribute.IntSlice("is", []int{1, 2}), attribute.Float64Slice("fs", []float64{0.5, 2.5}),
	}
	stub := tracetest.SpanStub{
		Name: "work", SpanContext: id(1), Parent: id(2), SpanKind: trace.SpanKindProducer,
		StartTime: began, EndTime: began.Add(time.Second), Attributes: attributes,
		Events:   []sdktrace.Event{{Name: "done", Time: began.Add(time.Millisecond), Attributes: attributes[:1]}},
		Status:   sdktrace.Status{Code: codes.Error, Description: "no"},
		Resource: resource.NewSchemaless(attribute.String("service.name", "tool"), attribute.String("host.name", "laptop")),
	}
	traces, incomplete := tracesOf(points.NotificationsFromSpan(stub.Snapshot()))
	if incomplete != 0 || traces.SpanCount() != 1 {
		t.Fatalf("%d spans, %d incomplete", traces.SpanCount(), incomplete)
	}
	of := traces.ResourceSpans().At(0)
	if got, want := of.Resource().Attributes().AsRaw(), (map[string]any{"service.name": "tool", "host.name": "laptop"}); !maps.Equal(got, want) {
		t.Errorf("the resource is %v, want %v", got, want)
	}
	got := of.ScopeSpans().At(0).Spans().At(0)
	switch {
	case got.Name() != "work", got.Kind() != ptrace.SpanKindProducer,
		trace.TraceID(got.TraceID()) != id(1).TraceID(), trace.SpanID(got.SpanID()) != id(1).SpanID(), trace.SpanID(got.ParentSpanID()) != id(2).SpanID(),
		!got.StartTimestamp().AsTime().Equal(began), !got.EndTimestamp().AsTime().Equal(began.Add(time.Second)),
		got.Status().Code() != ptrace.StatusCodeError, got.Status().Message() != "no",
		got.Events().Len() != 1, got.Events().At(0).Name() != "done", got.Events().At(0).Attributes().AsRaw()["s"] != "é":
		t.Errorf("%v %v %v", got.Name(), got.Status().Message(), got.Events().Len())
	}
	raw := got.Attributes().AsRaw()
	for key, want := range map[string]any{"s": "é", "b": true, "i": int64(7), "f": 1.5} {
		if raw[key] != want {
			t.Errorf("%s is %v, want %v", key, raw[key], want)
		}
	}
	for key, want := range map[string][]any{"ss": {"a", "b"}, "bs": {true, false}, "is": {int64(1), int64(2)}, "fs": {0.5, 2.5}} {
		if list, _ := raw[key].([]any); !slices.Equal(list, want) {
			t.Errorf("%s is %v, want %v", key, raw[key], want)
		}
	}
}

// Spans of one service on one host have one resource, and a missing half is
// marked.
func TestTracesOfPoints(t *testing.T) {
	all := nested(t, 8)
	traces, incomplete := tracesOf(all[:len(all)-1])
	if traces.SpanCount() != 8 || incomplete != 1 || traces.ResourceSpans().Len() != 1 {
		t.Errorf("%d spans of %d resources, %d incomplete", traces.SpanCount(), traces.ResourceSpans().Len(), incomplete)
	}
	marked := 0
	for _, span := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		if value, found := span.Attributes().Get("osprofiler.missing"); found && value.Str() == "stop" {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%d spans are marked, want 1", marked)
	}
}
