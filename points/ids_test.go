// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"fmt"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// pointOf returns the start and the stop of one point.
func pointOf(baseID, traceID, parentID string) string {
	var b strings.Builder
	for i, half := range []string{"start", "stop"} {
		fmt.Fprintf(&b, `{"name": "wsgi-%s", "base_id": %q, "trace_id": %q, "parent_id": %q, "timestamp": "2026-01-31T00:00:0%d.5", "project": "p", "service": "s", "info": {}}`+"\n",
			half, baseID, traceID, parentID, i+1)
	}
	return b.String()
}

// A parent_id of 16 hex digits is the span with that id, stored or not.
func TestParentOf16Digits(t *testing.T) {
	const (
		caller  = "a3c082a5-3216-4635-423e-96d038e9de81" // made by the bridge, for a program that stored its span
		spanID  = "423e96d038e9de81"
		callee  = "c67f1f4f-4c19-4502-90d2-9fbf3b26669a"
		another = "b7ad6b7169203331"
	)
	for name, test := range map[string]struct {
		text   string
		top    int
		parent string // of the callee's span
		told   string // osprofiler.parent_id
	}{
		"stored":            {pointOf(base, caller, base) + pointOf(base, callee, spanID), 1, spanID, spanID},
		"stored later":      {pointOf(base, callee, spanID) + pointOf(base, caller, base), 1, spanID, spanID},
		"upper case":        {pointOf(base, caller, base) + pointOf(base, callee, strings.ToUpper(spanID)), 1, spanID, strings.ToUpper(spanID)},
		"not stored":        {pointOf(base, callee, another), 1, another, another},
		"another is stored": {pointOf(base, caller, base) + pointOf(base, callee, another), 2, another, another},
		"16 other digits":   {pointOf(base, caller, base) + pointOf(base, callee, "423e96d038e9de8g"), 2, "", ""},
		"its own":           {pointOf(base, callee, "90d29fbf3b26669a"), 1, "", ""},
	} {
		tr := newTrace(t, base, test.text)
		if len(tr.Points) != test.top {
			t.Errorf("%s: %d points at the top, want %d", name, len(tr.Points), test.top)
		}
		for _, span := range tr.Spans() {
			if span.SpanContext().SpanID().String() != "90d29fbf3b26669a" {
				continue
			}
			if test.parent != "" && span.Parent().SpanID().String() != test.parent {
				t.Errorf("%s: parent %s, want %s", name, span.Parent().SpanID(), test.parent)
			}
			if span.Parent().SpanID() == span.SpanContext().SpanID() {
				t.Errorf("%s: the span is its own parent", name)
			}
			if got := attributesOf(span)["osprofiler.parent_id"]; test.told != "" && got != test.told {
				t.Errorf("%s: osprofiler.parent_id is %v", name, got)
			}
		}
	}
}

// A root has no parent, in whatever form its parent_id spells the base_id, and
// also where the base_id is not a UUID.
func TestRootHasNoParent(t *testing.T) {
	const id = "c67f1f4f-4c19-4502-90d2-9fbf3b26669a"
	for _, ids := range [][2]string{
		{base, base}, {base, strings.ToUpper(base)}, {strings.ToUpper(base), base}, {base, strings.ReplaceAll(base, "-", "")}, {"1", "1"},
	} {
		spans := newTrace(t, ids[0], pointOf(ids[0], id, ids[1])).Spans()
		if len(spans) != 1 || spans[0].Parent().IsValid() {
			t.Errorf("%v: %d spans, parent %s", ids, len(spans), spans[0].Parent().SpanID())
		}
	}
	if spans := newTrace(t, base, pointOf(base, id, "1")).Spans(); !spans[0].Parent().IsValid() {
		t.Error("a parent that is not stored is lost")
	}
}

// A span without a parent whose trace came from outside is stored as a root,
// and read back as a root.
func TestRootOfAnotherTraceIsStoredAsRoot(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	traceID, _ := propagation.TraceID(base)
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, TraceFlags: trace.FlagsSampled, Remote: true}))
	_, span := provider.Tracer("t").Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	span.End()
	list := points.NotificationsFromSpan(recorder.Ended()[0])
	for _, n := range list {
		if n.BaseID != base || n.ParentID != base {
			t.Errorf("stored with base_id %s and parent_id %s", n.BaseID, n.ParentID)
		}
	}
	tr, err := points.NewTrace(base, func(yield func(points.Notification, error) bool) {
		for _, n := range list {
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if spans := tr.Spans(); len(spans) != 1 || spans[0].Parent().IsValid() || spans[0].SpanContext().TraceID() != traceID {
		t.Errorf("read back as %v", spans)
	}
}
