// SPDX-License-Identifier: Apache-2.0

package calls_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls/callstest"
	"github.com/ostrace/ostrace/points"
)

func server() *callstest.Trace {
	var t callstest.Trace
	api := t.Request(0, "nova", "osapi_compute", "POST", "/v2.1/servers", 0, 100)
	token := t.Request(api, "keystone", "public", "GET", "/v3/auth/tokens", 10, 30)
	t.Statement(token, "keystone", "public", "SELECT a FROM token WHERE id = %(id)s", map[string]any{"id": 1}, 12, 15)
	t.Statement(token, "keystone", "public", "SELECT a FROM token WHERE id = %(id)s", map[string]any{"id": 2}, 14, 20)
	create := t.Function(api, "nova", "osapi_compute", "compute_api", "nova.compute.api.API.create", 40, 90)
	cast := t.Function(create, "nova", "osapi_compute", "rpc", "nova.conductor.rpcapi.ComputeTaskAPI.schedule_and_build_instances", 80, 85)
	task := t.Function(cast, "nova", "nova-conductor", "rpc", "nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances", 82, 200)
	t.Statement(task, "nova", "nova-conductor", "INSERT INTO instances (uuid) VALUES ('a')", nil, 90, 92)
	t.Point(task, "nova", "nova-conductor", "wait", nil, 150, -1)
	return &t
}

func TestCalls(t *testing.T) {
	var reader calls.Reader
	var got []string
	params := map[uint64]bool{}
	for _, c := range reader.Read(server().Trace()) {
		got = append(got, fmt.Sprintf("%s %s %s: %v at %v, self %v, for %s", c.Operation.Service, c.Operation.Kind, c.Operation.Name, c.Duration, c.Start, c.Self, c.Request.Operation.Name))
		if c.Operation.Title() == "SELECT token" {
			params[c.Params] = true
		}
		if whole := c.Operation.Name != "wait"; c.Whole != whole {
			t.Errorf("%s: whole is %t", c.Operation.Name, c.Whole)
		}
	}
	if want := []string{
		"nova-osapi_compute http POST /v2.1/servers: 100ms at 0s, self 30ms, for POST /v2.1/servers",
		"keystone-public http GET /v3/auth/tokens: 20ms at 10ms, self 12ms, for GET /v3/auth/tokens",
		"keystone-public sql SELECT a FROM token WHERE id = ?: 3ms at 12ms, self 3ms, for GET /v3/auth/tokens",
		"keystone-public sql SELECT a FROM token WHERE id = ?: 6ms at 14ms, self 6ms, for GET /v3/auth/tokens",
		"nova-osapi_compute internal API.create: 50ms at 40ms, self 45ms, for POST /v2.1/servers",
		"nova-osapi_compute client ComputeTaskAPI.schedule_and_build_instances: 5ms at 80ms, self 2ms, for POST /v2.1/servers",
		"nova-nova-conductor rpc ComputeTaskManager.schedule_and_build_instances: 118ms at 82ms, self 116ms, for ComputeTaskManager.schedule_and_build_instances",
		"nova-nova-conductor sql INSERT INTO instances (uuid) VALUES (?): 2ms at 90ms, self 2ms, for ComputeTaskManager.schedule_and_build_instances",
		"nova-nova-conductor internal wait: 0s at 150ms, self 0s, for ComputeTaskManager.schedule_and_build_instances",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if len(params) != 2 {
		t.Errorf("%d different parameters, want 2", len(params))
	}
}

// A chain of any length is read, and its self times add up to its duration.
func TestDeepCalls(t *testing.T) {
	var deep callstest.Trace
	parent := callstest.ID(0)
	const length = 5000
	for i := range length {
		parent = deep.Request(parent, "nova", "osapi_compute", "GET", "/v2.1/servers", float64(i), 2*length-float64(i))
	}
	var reader calls.Reader
	self := time.Duration(0)
	list := reader.Read(deep.Trace())
	for _, c := range list {
		self += c.Self
	}
	if self != 2*length*time.Millisecond || len(list) != length {
		t.Errorf("%d calls, %v", len(list), self)
	}
}

// written keeps what an exporter stores.
type written []points.Notification

func (w *written) Write(_ context.Context, list []points.Notification) error {
	*w = append(*w, list...)
	return nil
}

// Spans of OpenTelemetry's own conventions are calls too.
func TestOpenTelemetry(t *testing.T) {
	var stored written
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(points.NewSpanExporter(&stored)), sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName("tool"))))
	tracer := provider.Tracer("test")
	ctx, root := tracer.Start(t.Context(), "create server")
	for _, span := range []struct {
		name       string
		kind       trace.SpanKind
		attributes []attribute.KeyValue
	}{
		{"GET /v2.1/servers/{id}", trace.SpanKindClient, []attribute.KeyValue{semconv.HTTPRequestMethodGet, semconv.URLTemplate("/v2.1/servers/{id}"), semconv.URLPath("/v2.1/servers/1")}},
		{"GET", trace.SpanKindClient, []attribute.KeyValue{semconv.HTTPRequestMethodGet, semconv.ServerAddress("example.com")}},
		{"GET /v1/images", trace.SpanKindServer, []attribute.KeyValue{semconv.HTTPRequestMethodGet, semconv.HTTPRoute("/v1/images"), semconv.URLPath("/v1/images")}},
		{"SELECT", trace.SpanKindClient, []attribute.KeyValue{semconv.DBQueryText("SELECT a FROM t WHERE b = 'c'")}},
		{"build", trace.SpanKindConsumer, []attribute.KeyValue{semconv.RPCMethod("build")}},
		{"build", trace.SpanKindProducer, []attribute.KeyValue{semconv.RPCMethod("build")}},
	} {
		_, s := tracer.Start(ctx, span.name, trace.WithSpanKind(span.kind), trace.WithAttributes(span.attributes...))
		s.End()
	}
	root.End()
	made, err := points.NewTrace(stored[0].BaseID, func(yield func(points.Notification, error) bool) {
		for _, n := range stored {
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var reader calls.Reader
	var got []string
	for _, c := range reader.Read(made) {
		got = append(got, fmt.Sprintf("%s %s %s", c.Operation.Service, c.Operation.Kind, c.Operation.Name))
	}
	want := []string{
		"tool internal create server", "tool client GET /v2.1/servers/{id}", "tool client GET example.com", "tool http GET /v1/images",
		"tool sql SELECT a FROM t WHERE b = ?", "tool rpc build", "tool client build",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
