// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// otelInfo has the parts of a span for which OSProfiler's own members of info
// have no place. The start's info has the span's name, kind, service and
// attributes, and whether it was exported live as well. The stop's info has the
// status and the events.
type otelInfo struct {
	Name       string     `json:"name,omitempty"`
	Kind       string     `json:"kind,omitempty"`
	Service    string     `json:"service.name,omitempty"`
	Attributes attributes `json:"attributes,omitempty"`
	Exported   bool       `json:"exported,omitempty"` // the attribute ExportedKey

	Status      string      `json:"status,omitempty"`
	Description string      `json:"description,omitempty"`
	Events      []otelEvent `json:"events,omitempty"`
}

type otelEvent struct {
	Name       string     `json:"name"`
	Time       time.Time  `json:"time"`
	Attributes attributes `json:"attributes,omitempty"`
}

// otelInfoOf returns nil for a stop without a status and events. A stop without
// a start has the start's parts as well.
func otelInfoOf(span sdktrace.ReadOnlySpan) (start, stop *otelInfo) {
	start = &otelInfo{
		Name:    span.Name(),
		Kind:    span.SpanKind().String(),
		Service: resourceValue(span.Resource(), semconv.ServiceNameKey),
		Attributes: slices.DeleteFunc(slices.Clone(span.Attributes()), func(kv attribute.KeyValue) bool {
			return slices.Contains(ownKeys, kv.Key)
		}),
		Exported: slices.Contains(span.Attributes(), ExportedKey.Bool(true)),
	}
	stop = &otelInfo{}
	if spanValues(span.Attributes()).text(MissingKey) == "start" {
		*stop = *start
	}
	if status := span.Status(); status.Code != codes.Unset {
		stop.Status, stop.Description = status.Code.String(), status.Description
	}
	for _, e := range span.Events() {
		stop.Events = append(stop.Events, otelEvent{e.Name, e.Time.UTC(), e.Attributes})
	}
	if stop.Name == "" && stop.Status == "" && stop.Events == nil {
		stop = nil
	}
	return start, stop
}

// ownKeys are the attributes whose values OSProfiler's own members of a
// notification have.
var ownKeys = []attribute.Key{PointKey, TraceIDKey, propagation.ParentIDKey, propagation.BaseIDKey, MissingKey, ExportedKey}

// restore sets the fields of the stub from those of the span of which i and
// stop were made. stop can be nil.
func (i *otelInfo) restore(stub *tracetest.SpanStub, stop *otelInfo) {
	stub.Name = i.Name
	stub.Attributes = i.Attributes
	if i.Exported {
		stub.Attributes = append(stub.Attributes, ExportedKey.Bool(true))
	}
	for kind := trace.SpanKindInternal; kind <= trace.SpanKindConsumer; kind++ {
		if kind.String() == i.Kind {
			stub.SpanKind = kind
		}
	}
	if stop == nil {
		return
	}
	switch stop.Status {
	case codes.Error.String():
		stub.Status = sdktrace.Status{Code: codes.Error, Description: stop.Description}
	case codes.Ok.String():
		stub.Status = sdktrace.Status{Code: codes.Ok}
	}
	for _, e := range stop.Events {
		stub.Events = append(stub.Events, sdktrace.Event{Name: e.Name, Time: e.Time, Attributes: e.Attributes})
	}
}

func resourceValue(r *resource.Resource, key attribute.Key) string {
	value, _ := r.Set().Value(key)
	return value.AsString()
}

// attributes are written as one JSON object.
type attributes []attribute.KeyValue

// MarshalJSON implements [json.Marshaler].
func (a attributes) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, kv := range a {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(kv.Value.AsInterface())
		if err != nil { // an infinite number
			value = []byte(quote(kv.Value.String()))
		}
		b.WriteString(quote(string(kv.Key)))
		b.WriteByte(':')
		b.Write(value)
		if kv.Value.Type() == attribute.FLOAT64 && err == nil && !bytes.ContainsAny(value, ".e") {
			b.WriteString(".0") // so that it is read as one again
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler]. A value that an attribute can't
// hold is kept as the text of its JSON.
func (a *attributes) UnmarshalJSON(text []byte) error {
	in := json.NewDecoder(bytes.NewReader(text))
	if token, err := in.Token(); err != nil || token != json.Delim('{') {
		return err
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return err
		}
		*a = append(*a, attribute.KeyValue{Key: attribute.Key(key.(string)), Value: valueOf(value)})
	}
	return nil
}

func valueOf(text []byte) attribute.Value {
	var s string
	var b bool
	var i int64
	var f float64
	var ss []string
	var bs []bool
	var is []int64
	var fs []float64
	float := strings.ContainsAny(string(text), ".e")
	is64 := func(target any) bool { return json.Unmarshal(text, target) == nil }
	switch {
	case is64(&s):
		return attribute.StringValue(s)
	case is64(&b):
		return attribute.BoolValue(b)
	case !float && is64(&i):
		return attribute.Int64Value(i)
	case is64(&f):
		return attribute.Float64Value(f)
	case is64(&ss):
		return attribute.StringSliceValue(ss)
	case is64(&bs):
		return attribute.BoolSliceValue(bs)
	case !float && is64(&is):
		return attribute.Int64SliceValue(is)
	case is64(&fs):
		return attribute.Float64SliceValue(fs)
	}
	return attribute.StringValue(string(text))
}
