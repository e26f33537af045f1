// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

func spanWith(attributes ...attribute.KeyValue) sdktrace.ReadOnlySpan {
	return tracetest.SpanStub{Attributes: append(attributes, attribute.Int("line", 1))}.Snapshot()
}

func TestFunctionName(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"name", "nova.compute.api.API.create", "create"},
		{"name", "oslo_messaging.rpc.server.outer.<locals>.inner", "inner"},
		{"code.function.name", "github.com/ostrace/ostrace/hmac.Key.Sign", "Sign"},
		{"code.function.name", "main", "main"},
		{"name", "a server's name", ""},
		{"name", "cirros-0.6 image", ""},
		{"name", "/v2.1/servers", ""},
		{"name", "server", ""},
		{"name", "ends.in.", ""},
		{"title", "nova.compute.api.API.create", ""},
	} {
		if got := points.FunctionName(spanWith(attribute.String(test.key, test.value))); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.key, test.value, got, test.want)
		}
	}
}

func TestRequestOrFunction(t *testing.T) {
	method, path := attribute.String("http.method", "POST"), attribute.String("http.path", "/servers")
	function := attribute.String("name", "nova.compute.api.API.create")
	for want, span := range map[string]sdktrace.ReadOnlySpan{
		"POST /servers": spanWith(points.PointKey.String("wsgi"), method, path),
		"create":        spanWith(points.PointKey.String("compute_api"), function),
		"":              spanWith(method, path), // not a point
	} {
		if got := points.RequestOrFunction(span); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPointNameAndMissing(t *testing.T) {
	for _, test := range []struct {
		missing    string
		start, end bool
	}{{"start", true, false}, {"stop", false, true}, {"", false, false}} {
		span := spanWith(points.PointKey.String("wsgi"), points.MissingKey.String(test.missing))
		start, end := points.Missing(span)
		if start != test.start || end != test.end || points.PointName(span) != "wsgi" {
			t.Errorf("%q: start %t, end %t, point %q", test.missing, start, end, points.PointName(span))
		}
	}
}

func TestIDs(t *testing.T) {
	const base, point, parent = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b", "5c3f0f9e-8a55-4a0e-0102-030405060708", "5c3f0f9e-8a55-4a0e-1112-131415161718"
	traceID, _ := trace.TraceIDFromHex("5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b")
	config := trace.SpanContextConfig{TraceID: traceID, SpanID: trace.SpanID{1, 2, 3, 4, 5, 6, 7, 8}}
	stub := tracetest.SpanStub{SpanContext: trace.NewSpanContext(config)}
	check := func(want ...string) {
		t.Helper()
		var got []string
		for _, id := range points.IDs(stub.Snapshot()) {
			got = append(got, string(id.Key), id.Value.AsString())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check("osprofiler.base_id", base, "osprofiler.trace_id", point, "osprofiler.parent_id", base)
	config.SpanID = trace.SpanID{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}
	stub.Parent = trace.NewSpanContext(config)
	check("osprofiler.base_id", base, "osprofiler.trace_id", point, "osprofiler.parent_id", parent)
	stub.Attributes = []attribute.KeyValue{points.TraceIDKey.String("a"), propagation.ParentIDKey.String("b"), propagation.BaseIDKey.String("c")}
	check("osprofiler.base_id", "c", "osprofiler.trace_id", "a", "osprofiler.parent_id", "b")
}
