// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
)

func ExampleReadReport() {
	// osprofiler trace show --json a3c082a5-3216-4635-925a-3cdd42b8192d --out image-show.json
	report, err := os.ReadFile("testdata/image-show.json")
	if err != nil {
		log.Fatal(err)
	}
	read, err := points.ReadReport(bytes.NewReader(report))
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range read.Points {
		fmt.Printf("%s %s-%s %v, %d below\n", p.Name, p.Project, p.Service, p.Finished().Sub(p.Started()), len(p.Children))
	}
	span := read.Spans()[0]
	fmt.Println(span.SpanContext().TraceID(), span.Name())
	// Output:
	// wsgi keystone-public 1.459ms, 0 below
	// wsgi keystone-public 15.565ms, 3 below
	// wsgi glance-api 24.8ms, 3 below
	// wsgi glance-api 6.547ms, 2 below
	// a3c082a532164635925a3cdd42b8192d WSGI_GET_/v3
}

func ExampleTrace_Findings() {
	// osprofiler trace show --json a3c082a5-3216-4635-925a-3cdd42b8192d --out image-show.json
	report, err := os.ReadFile("testdata/image-show.json")
	if err != nil {
		log.Fatal(err)
	}
	trace, err := points.ReadReport(bytes.NewReader(report))
	if err != nil {
		log.Fatal(err)
	}
	found := trace.Findings()
	for _, note := range found.Notes() {
		fmt.Println(note)
	}
	fmt.Println(trace.Without(found.Strangers).Len(), "points of this request")
	// Output:
	// 18 points of this request
}

// printer is a Writer.
type printer struct{}

func (printer) Write(_ context.Context, notifications []points.Notification) error {
	for _, n := range notifications {
		fmt.Println(n.Name, n.Project, n.ParentID == n.BaseID)
	}
	return nil
}

func ExampleNewSpanExporter() {
	// A program writes to a store that OSProfiler's services write to, such as
	// redis.Open("redis://localhost:6379") of the module store.
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(points.NewSpanExporter(printer{})),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "mytool"))),
	)
	ctx, command := provider.Tracer("example").Start(context.Background(), "mytool server create")
	_, request := provider.Tracer("example").Start(ctx, "GET", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("http.request.method", "GET"), attribute.String("url.full", "http://nova.example/v2.1")))
	request.End()
	command.End()
	// Output:
	// http-start mytool false
	// http-stop mytool false
	// internal-start mytool true
	// internal-stop mytool true
}

func ExampleWithLiveExporter() {
	// live exports to an OpenTelemetry back end, such as
	// otlptracehttp.New(ctx); here it only counts.
	live := points.NewLiveExporter(tracetest.NewInMemoryExporter())
	exporter := points.NewSpanExporter(marks{}, points.WithLiveExporter(live, 5*time.Second))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(live), sdktrace.WithBatcher(exporter))
	_, command := provider.Tracer("example").Start(context.Background(), "mytool server create")
	command.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// internal-start true
	// internal-stop false
}

// marks is a Writer.
type marks struct{}

func (marks) Write(_ context.Context, notifications []points.Notification) error {
	for _, n := range notifications {
		fmt.Println(n.Name, bytes.Contains(n.Payload, []byte(`"exported":true`)))
	}
	return nil
}

// A list of traces has the operation of each trace's first point.
func ExampleNotification_Operation() {
	n, err := points.ParseNotification([]byte(`{"name": "wsgi-start", "base_id": "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b",
		"trace_id": "0e2f6a34-93bc-4c65-9a26-7c5ea5b0cbb1", "parent_id": "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b",
		"timestamp": "2026-01-31T23:59:59.123456", "project": "nova", "service": "osapi_compute",
		"info": {"host": "ctl-1", "request": {"method": "POST", "path": "/v2.1/servers", "query": "", "scheme": "http"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n.Operation(), "in", n.ServiceName(), "failed:", n.Failed())
	// Output: POST /v2.1/servers in nova-osapi_compute failed: false
}

// This reads a message from RabbitMQ's queue profiler.info, to which OSProfiler's
// driver messaging:// sends.
func ExampleParseMessage() {
	n, err := points.ParseMessage([]byte(`{"event_type": "profiler.api", "payload": {
		"name": "wsgi-start", "base_id": "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11", "trace_id": "1c4b9e0a-0000-4000-8000-000000000001",
		"parent_id": "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11", "timestamp": "2026-01-31T23:59:59.123456",
		"project": "nova", "service": "api", "info": {"host": "controller"}}}`))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(n.Name, n.Project, n.Service, n.Host)
	// Output: wsgi-start nova api controller
}
