// SPDX-License-Identifier: Apache-2.0

package sdk

import (
	"context"
	"strings"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

const (
	testBase  = "b74f3410-5463-852d-9c43-4723dde138d8"
	testTrace = "b74f34105463852d9c434723dde138d8"
)

func remote(ctx context.Context, sampled bool) context.Context {
	config := trace.SpanContextConfig{Remote: true, SpanID: trace.SpanID{1}}
	config.TraceID, _ = trace.TraceIDFromHex(testTrace)
	config.TraceFlags = config.TraceFlags.WithSampled(sampled)
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(config))
}

func signed(t *testing.T, ctx context.Context, trace hmac.TraceInfo) context.Context {
	t.Helper()
	key, err := hmac.NewKey("k")
	if err != nil {
		t.Fatal(err)
	}
	return propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: key, Trace: trace})
}

// Signed means sampled, and only that.
func TestSignedSampler(t *testing.T) {
	valid := hmac.TraceInfo{BaseID: testBase, ParentID: testBase}
	odd := hmac.TraceInfo{BaseID: "1", ParentID: "2"}
	for _, test := range []struct {
		name               string
		ctx                context.Context
		never, always, nil bool
	}{
		{"nothing", t.Context(), false, true, false},
		{"traceparent, sampled", remote(t.Context(), true), false, true, false},
		{"traceparent, not sampled", remote(t.Context(), false), false, true, false},
		{"signed", signed(t, remote(t.Context(), true), valid), true, true, true},
		{"signed, traceparent not sampled", signed(t, remote(t.Context(), false), valid), true, true, true},
		{"signed, ids that are not UUIDs", signed(t, t.Context(), odd), true, true, true},
		{"a program's own key", signed(t, t.Context(), hmac.TraceInfo{}), true, true, true},
	} {
		for name, c := range map[string]struct {
			fallback sdktrace.Sampler
			want     bool
		}{"never": {sdktrace.NeverSample(), test.never}, "always": {sdktrace.AlwaysSample(), test.always}, "nil": {nil, test.nil}} {
			spans := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(SignedSampler(c.fallback)), sdktrace.WithSpanProcessor(spans))
			ctx, span := provider.Tracer("t").Start(test.ctx, "request")
			if got := span.SpanContext().IsSampled(); got != c.want || span.IsRecording() != c.want {
				t.Errorf("%s, fallback %s: sampled %v", test.name, name, got)
			}
			_, child := provider.Tracer("t").Start(ctx, "child")
			if got := child.SpanContext().IsSampled(); got != c.want {
				t.Errorf("%s, fallback %s: child sampled %v", test.name, name, got)
			}
		}
	}
}

// A signed root has no parent, so ParentBased asks its root sampler about it,
// and a SignedSampler around that samples it. A signed request with a parent is
// sampled by both.
func TestSignedRoot(t *testing.T) {
	key, err := hmac.NewKey("k")
	if err != nil {
		t.Fatal(err)
	}
	for name, root := range map[string]struct {
		sampler sdktrace.Sampler
		alone   bool
	}{
		"always":  {sdktrace.AlwaysSample(), true},
		"never":   {sdktrace.NeverSample(), false},
		"all":     {sdktrace.TraceIDRatioBased(1), true},
		"none":    {sdktrace.TraceIDRatioBased(0), false},
		"a share": {sdktrace.TraceIDRatioBased(0.9), true},
		"a few":   {sdktrace.TraceIDRatioBased(0.1), false},
	} {
		for parentID, hasParent := range map[string]bool{testBase: false, "unreadable": false, "423e96d038e9de81": true} {
			info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: parentID})
			ctx := propagation.New(key).Extract(t.Context(), otelpropagation.MapCarrier{hmac.HeaderInfo: info, hmac.HeaderHMAC: mac})
			for _, signed := range []bool{false, true} {
				sampler := sdktrace.ParentBased(root.sampler)
				if signed {
					sampler = SignedSampler(sampler)
				}
				spans := tracetest.NewSpanRecorder()
				provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(spans))
				_, span := provider.Tracer("t").Start(ctx, "request")
				span.End()
				want := root.alone || signed || hasParent
				if got := span.SpanContext().IsSampled(); got != want {
					t.Errorf("ParentBased of %s, signed sampler %v, parent_id %s: sampled %v", name, signed, parentID, got)
				}
				if span.SpanContext().TraceID().String() != testTrace {
					t.Errorf("ParentBased of %s, parent_id %s: in the trace %s", name, parentID, span.SpanContext().TraceID())
				}
				if want && spans.Ended()[0].Parent().SpanID().IsValid() != hasParent {
					t.Errorf("parent_id %s: the span's parent is %s", parentID, spans.Ended()[0].Parent().SpanID())
				}
			}
		}
	}
}

// A child follows its parent in the same process, even where a signature came
// in and the parent was not sampled.
func TestSignedSamplerChildFollowsParent(t *testing.T) {
	dropping := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, _ := dropping.Tracer("t").Start(signed(t, t.Context(), hmac.TraceInfo{BaseID: testBase, ParentID: testBase}), "dropped")
	_, child := sdktrace.NewTracerProvider(sdktrace.WithSampler(SignedSampler(sdktrace.AlwaysSample()))).Tracer("t").Start(ctx, "child")
	if child.SpanContext().IsSampled() {
		t.Error("sampled under a parent that is not")
	}
}

func TestSignedSamplerDescription(t *testing.T) {
	if got := SignedSampler(nil).Description(); got != "SignedSampler{fallback:AlwaysOffSampler}" {
		t.Error(got)
	}
}

// The rules hold unchanged for ids of 64 bits.
func TestIDGenerator64(t *testing.T) {
	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(IDGenerator64()))
	seen := map[trace.TraceID]bool{}
	for range 1000 {
		ctx, span := provider.Tracer("t").Start(t.Context(), "root")
		_, child := provider.Tracer("t").Start(ctx, "child")
		id := span.SpanContext().TraceID()
		if !span.SpanContext().IsValid() || !strings.HasPrefix(id.String(), "0000000000000000") || seen[id] {
			t.Fatalf("trace id %s", id)
		}
		seen[id] = true
		if child.SpanContext().TraceID() != id || child.SpanContext().SpanID() == span.SpanContext().SpanID() {
			t.Fatal("the child has other ids")
		}
		// A 64-bit driver keeps the whole id.
		if short := propagation.ShortID(id); strings.TrimLeft(id.String(), "0") != short {
			t.Fatalf("%s is kept as %s", id, short)
		}
	}
}
