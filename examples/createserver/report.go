// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/internal/safejson"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// report is the program's report of its run on standard output.
type report struct {
	stdout   io.Writer
	format   string
	spans    []sdktrace.ReadOnlySpan
	serverID string
	traceID  string
	baseID   string
	err      error
}

func (r report) write() error {
	slices.SortStableFunc(r.spans, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	if r.format == "json" {
		return r.writeJSON()
	}
	labels := waterfall.Labels{
		Detail: points.FunctionName, Kind: points.PointName, Missing: points.Missing,
		RequestID: points.RequestID, NotFound: points.NotFound,
	}
	return waterfall.Draw(r.stdout, r.spans, waterfall.Options{Labels: labels})
}

// The JSON form of a report.
type (
	reportJSON struct {
		ServerID string     `json:"server_id"`
		TraceID  string     `json:"trace_id"`
		BaseID   string     `json:"base_id"`
		Error    string     `json:"error,omitempty"`
		Spans    []spanJSON `json:"spans"`
	}
	spanJSON struct {
		Name         string         `json:"name"`
		Kind         string         `json:"kind"`
		Service      string         `json:"service"`
		TraceID      string         `json:"trace_id"`
		SpanID       string         `json:"span_id"`
		ParentSpanID string         `json:"parent_span_id,omitempty"`
		Start        time.Time      `json:"start"`
		End          time.Time      `json:"end"`
		Attributes   map[string]any `json:"attributes"`
		Status       statusJSON     `json:"status"`
	}
	statusJSON struct {
		Code        string `json:"code"`
		Description string `json:"description,omitempty"`
	}
)

func (r report) writeJSON() error {
	data := reportJSON{ServerID: r.serverID, TraceID: r.traceID, BaseID: r.baseID, Spans: make([]spanJSON, 0, len(r.spans))}
	if r.err != nil {
		data.Error = r.err.Error()
	}
	for _, span := range r.spans {
		s := spanJSON{
			Name: span.Name(), Kind: strings.ToLower(span.SpanKind().String()),
			TraceID: span.SpanContext().TraceID().String(), SpanID: span.SpanContext().SpanID().String(),
			Start: span.StartTime().UTC(), End: span.EndTime().UTC(), Attributes: map[string]any{},
			Status: statusJSON{span.Status().Code.String(), span.Status().Description},
		}
		if span.Parent().SpanID().IsValid() {
			s.ParentSpanID = span.Parent().SpanID().String()
		}
		if service, ok := span.Resource().Set().Value(attribute.Key("service.name")); ok {
			s.Service = service.AsString()
		}
		for _, kv := range span.Attributes() {
			s.Attributes[string(kv.Key)] = kv.Value.AsInterface()
		}
		data.Spans = append(data.Spans, s)
	}
	encoder := json.NewEncoder(safejson.NewWriter(r.stdout))
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(data)
}
