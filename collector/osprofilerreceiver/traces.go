// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/points"
)

// tracesOf makes spans of notifications. Those of one point are one span.
func tracesOf(notifications []points.Notification) (traces ptrace.Traces, incomplete int) {
	var order []string
	byBaseID := map[string][]points.Notification{}
	for _, n := range notifications {
		if byBaseID[n.BaseID] == nil {
			order = append(order, n.BaseID)
		}
		byBaseID[n.BaseID] = append(byBaseID[n.BaseID], n)
	}
	w := writer{traces: ptrace.NewTraces(), scopes: map[attribute.Distinct]ptrace.ScopeSpans{}}
	for _, baseID := range order {
		t, err := points.NewTrace(baseID, func(yield func(points.Notification, error) bool) {
			for _, n := range byBaseID[baseID] {
				if !yield(n, nil) {
					return
				}
			}
		})
		if err != nil { // there is none, because the sequence has none
			continue
		}
		incomplete += t.Defects.Unfinished + t.Defects.WithoutStart
		for _, span := range t.Spans() {
			w.write(span)
		}
	}
	return w.traces, incomplete
}

// writer writes spans in the form of the Collector.
type writer struct {
	traces ptrace.Traces
	scopes map[attribute.Distinct]ptrace.ScopeSpans // by the attributes of their resource
}

func (w writer) write(span sdktrace.ReadOnlySpan) {
	to := w.scope(span).Spans().AppendEmpty()
	id := span.SpanContext()
	to.SetTraceID(pcommon.TraceID(id.TraceID()))
	to.SetSpanID(pcommon.SpanID(id.SpanID()))
	to.SetParentSpanID(pcommon.SpanID(span.Parent().SpanID()))
	to.SetFlags(uint32(id.TraceFlags()))
	to.SetName(span.Name())
	to.SetKind(ptrace.SpanKind(span.SpanKind())) // both enumerations begin with unspecified and internal
	to.SetStartTimestamp(pcommon.NewTimestampFromTime(span.StartTime()))
	to.SetEndTimestamp(pcommon.NewTimestampFromTime(span.EndTime()))
	putAll(to.Attributes(), span.Attributes())
	for _, event := range span.Events() {
		e := to.Events().AppendEmpty()
		e.SetName(event.Name)
		e.SetTimestamp(pcommon.NewTimestampFromTime(event.Time))
		putAll(e.Attributes(), event.Attributes)
	}
	switch status := span.Status(); status.Code {
	case codes.Error:
		to.Status().SetCode(ptrace.StatusCodeError)
		to.Status().SetMessage(status.Description)
	case codes.Ok:
		to.Status().SetCode(ptrace.StatusCodeOk)
	case codes.Unset:
	}
}

// scope returns the place for spans of the span's resource and scope. All spans of
// points have one scope.
func (w writer) scope(span sdktrace.ReadOnlySpan) ptrace.ScopeSpans {
	key := span.Resource().Equivalent()
	scope, found := w.scopes[key]
	if !found {
		of := w.traces.ResourceSpans().AppendEmpty()
		of.SetSchemaUrl(span.Resource().SchemaURL())
		putAll(of.Resource().Attributes(), span.Resource().Attributes())
		scope = of.ScopeSpans().AppendEmpty()
		scope.Scope().SetName(span.InstrumentationScope().Name)
		w.scopes[key] = scope
	}
	return scope
}

func putAll(to pcommon.Map, attributes []attribute.KeyValue) {
	to.EnsureCapacity(len(attributes))
	for _, kv := range attributes {
		put(to.PutEmpty(string(kv.Key)), kv.Value)
	}
}

func put(to pcommon.Value, value attribute.Value) {
	switch value.Type() {
	case attribute.STRING:
		to.SetStr(value.AsString())
	case attribute.BOOL:
		to.SetBool(value.AsBool())
	case attribute.INT64:
		to.SetInt(value.AsInt64())
	case attribute.FLOAT64:
		to.SetDouble(value.AsFloat64())
	case attribute.STRINGSLICE:
		putSlice(to, value.AsStringSlice(), pcommon.Value.SetStr)
	case attribute.BOOLSLICE:
		putSlice(to, value.AsBoolSlice(), pcommon.Value.SetBool)
	case attribute.INT64SLICE:
		putSlice(to, value.AsInt64Slice(), pcommon.Value.SetInt)
	case attribute.FLOAT64SLICE:
		putSlice(to, value.AsFloat64Slice(), pcommon.Value.SetDouble)
	case attribute.EMPTY, attribute.BYTESLICE, attribute.SLICE:
		fallthrough
	default: // a MAP, which OpenTelemetry has since 1.45; points have none of these
		to.SetStr(value.String())
	}
}

func putSlice[T any](to pcommon.Value, values []T, set func(pcommon.Value, T)) {
	slice := to.SetEmptySlice()
	slice.EnsureCapacity(len(values))
	for _, value := range values {
		set(slice.AppendEmpty(), value)
	}
}
