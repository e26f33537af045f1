// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/ostrace/ostrace/points"
)

// writeOTLP writes the spans as an OTLP exporter sends them, in the JSON form
// that the protocol defines.
func writeOTLP(w io.Writer, spans []sdktrace.ReadOnlySpan) error {
	var message message
	exporter, err := otlptrace.New(context.Background(), &message)
	if err != nil {
		return err
	}
	if err := exporter.ExportSpans(context.Background(), spans); err != nil {
		return err
	}
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(message)
	if err != nil {
		return err
	}
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// message is an otlptrace.Client that keeps the message.
type message []byte

func (*message) Start(context.Context) error { return nil }
func (*message) Stop(context.Context) error  { return nil }

func (m *message) UploadTraces(_ context.Context, spans []*tracepb.ResourceSpans) (err error) {
	*m, err = proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	return err
}

// readOTLP reads one or several messages in OTLP's JSON, such as the lines of a
// file of the Collector's file exporter.
func readOTLP(r io.Reader) (*points.Trace, error) {
	var stubs tracetest.SpanStubs
	in := json.NewDecoder(r)
	for {
		var text json.RawMessage
		err := in.Decode(&text)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not OTLP JSON, at byte %d: %w", in.InputOffset(), err)
		}
		traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(text)
		if err != nil {
			return nil, fmt.Errorf("not OTLP JSON: %w", err)
		}
		for _, r := range traces.ResourceSpans().All() {
			from := resource.NewSchemaless(attributesOf(r.Resource().Attributes())...)
			for _, s := range r.ScopeSpans().All() {
				scope := instrumentation.Scope{Name: s.Scope().Name(), Version: s.Scope().Version()}
				for _, span := range s.Spans().All() {
					stub := stubOf(span)
					stub.Resource, stub.InstrumentationScope = from, scope
					stubs = append(stubs, stub)
				}
			}
		}
	}
	return traceOf(stubs.Snapshots())
}

// traceOf makes a trace of the spans, which must all be in one trace.
func traceOf(spans []sdktrace.ReadOnlySpan) (*points.Trace, error) {
	baseID := ""
	traces := map[trace.TraceID]bool{}
	var first []string
	for _, span := range spans {
		id := span.SpanContext()
		if !id.IsValid() || traces[id.TraceID()] {
			continue
		}
		traces[id.TraceID()] = true
		if len(first) < 10 {
			first = append(first, id.TraceID().String())
		}
		if baseID == "" {
			baseID = points.NotificationsFromSpan(span)[0].BaseID
		}
	}
	if len(traces) > 1 {
		return nil, fmt.Errorf("it has the spans of %d traces, but only one can be shown: %s", len(traces), strings.Join(first, ", "))
	}
	return points.NewTrace(baseID, func(yield func(points.Notification, error) bool) {
		for _, span := range spans {
			err := unusable(span)
			if err != nil && !yield(points.Notification{}, err) {
				return
			}
			if err != nil {
				continue
			}
			for _, n := range points.NotificationsFromSpan(span) {
				if !yield(n, nil) {
					return
				}
			}
		}
	})
}

// unusable returns an error if a span lacks something that a point needs.
func unusable(span sdktrace.ReadOnlySpan) error {
	switch {
	case !span.SpanContext().IsValid():
		return fmt.Errorf("%w: a span has no traceId or no spanId", points.ErrUnreadable)
	case span.StartTime().IsZero() && span.EndTime().IsZero():
		return fmt.Errorf("%w: the span %s has no time", points.ErrUnreadable, span.SpanContext().SpanID())
	}
	return nil
}

func stubOf(span ptrace.Span) tracetest.SpanStub {
	context := func(id pcommon.SpanID) trace.SpanContext {
		return trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID(span.TraceID()), SpanID: trace.SpanID(id), TraceFlags: trace.FlagsSampled,
		})
	}
	stub := tracetest.SpanStub{
		Name:        span.Name(),
		SpanContext: context(span.SpanID()),
		SpanKind:    trace.SpanKind(span.Kind()), // both enumerations begin with unspecified and internal
		StartTime:   timeOf(span.StartTimestamp()),
		EndTime:     timeOf(span.EndTimestamp()),
		Attributes:  attributesOf(span.Attributes()),
	}
	if !span.ParentSpanID().IsEmpty() {
		stub.Parent = context(span.ParentSpanID())
	}
	for _, event := range span.Events().All() {
		stub.Events = append(stub.Events, sdktrace.Event{
			Name: event.Name(), Time: timeOf(event.Timestamp()), Attributes: attributesOf(event.Attributes()),
		})
	}
	switch span.Status().Code() {
	case ptrace.StatusCodeError:
		stub.Status = sdktrace.Status{Code: codes.Error, Description: span.Status().Message()}
	case ptrace.StatusCodeOk:
		stub.Status = sdktrace.Status{Code: codes.Ok}
	case ptrace.StatusCodeUnset:
	}
	return stub
}

func timeOf(at pcommon.Timestamp) time.Time {
	if at == 0 || at > math.MaxInt64 { // none, or after the year 2262, which would be read as one before 1970
		return time.Time{}
	}
	return at.AsTime()
}

// attributesOf returns a span's attributes. Values that attributes can't hold
// become texts.
func attributesOf(values pcommon.Map) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, values.Len())
	for key, value := range values.All() {
		k := attribute.Key(key)
		switch value.Type() {
		case pcommon.ValueTypeBool:
			list = append(list, k.Bool(value.Bool()))
		case pcommon.ValueTypeInt:
			list = append(list, k.Int64(value.Int()))
		case pcommon.ValueTypeDouble:
			list = append(list, k.Float64(value.Double()))
		case pcommon.ValueTypeStr, pcommon.ValueTypeBytes, pcommon.ValueTypeMap, pcommon.ValueTypeSlice, pcommon.ValueTypeEmpty:
			list = append(list, k.String(value.AsString()))
		}
	}
	return list
}
