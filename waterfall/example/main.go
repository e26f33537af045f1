// SPDX-License-Identifier: Apache-2.0

// Command example invents the trace of a deployment, and draws it. The README has its
// picture:
//
//	go run ./example
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/waterfall"
)

func main() {
	recorder := tracetest.NewSpanRecorder()
	deploy(recorder)
	// The path of a request stands behind its span's name, which is the method.
	path := func(span sdktrace.ReadOnlySpan) string {
		for _, a := range span.Attributes() {
			if a.Key == "url.path" {
				return a.Value.AsString()
			}
		}
		return ""
	}
	opts := waterfall.Options{Labels: waterfall.Labels{Detail: path}}
	if err := waterfall.Draw(os.Stdout, recorder.Ended(), opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// service makes the spans of one service. Their times are in milliseconds since
// the deployment began.
type service struct{ trace.Tracer }

var began = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

func newService(recorder *tracetest.SpanRecorder, name string) service {
	return service{sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", name))),
	).Tracer("example")}
}

func (s service) span(ctx context.Context, name string, from, to int, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	ctx, span := s.Start(ctx, name, trace.WithTimestamp(began.Add(time.Duration(from)*time.Millisecond)), trace.WithAttributes(attributes...))
	span.End(trace.WithTimestamp(began.Add(time.Duration(to) * time.Millisecond)))
	return ctx, span
}

// request is a request from one service to another, and the answer to it.
func (s service) request(ctx context.Context, to service, method, path string, from, until int) context.Context {
	ctx, _ = s.span(ctx, method, from, until, attribute.String("url.path", path))
	ctx, _ = to.span(ctx, method, from+2, until-1, attribute.String("url.path", path))
	return ctx
}

func deploy(recorder *tracetest.SpanRecorder) {
	cli, registry, api := newService(recorder, "deploy"), newService(recorder, "registry"), newService(recorder, "api")
	root, _ := cli.span(context.Background(), "deploy", 0, 9400)

	build, _ := cli.span(root, "build image", 10, 3200)
	for i, took := range []int{420, 1800, 890} {
		cli.span(build, fmt.Sprintf("layer %c", 'a'+i), 20+i*450, 20+i*450+took)
	}
	push, _ := cli.span(root, "push image", 3210, 5100)
	for i := range 3 {
		upload := cli.request(push, registry, "PUT", fmt.Sprintf("/v2/shop/blobs/%d", i), 3220+i*620, 3820+i*620)
		registry.span(upload, "write blob", 3240+i*620, 3800+i*620)
	}

	apply := cli.request(root, api, "PATCH", "/deployments/shop", 5110, 5290)
	_, claim := api.Start(apply, "update", trace.WithTimestamp(began.Add(5120*time.Millisecond)))
	claim.SetStatus(codes.Error, "conflict: the deployment was changed by another client")
	claim.End(trace.WithTimestamp(began.Add(5170 * time.Millisecond)))
	api.span(apply, "update", 5200, 5280)
	wait, _ := cli.span(root, "wait for rollout", 5300, 9390)
	for i := range 8 {
		poll := cli.request(wait, api, "GET", "/deployments/shop", 5310+i*500, 5350+i*500)
		api.span(poll, "read", 5320+i*500, 5340+i*500)
	}
}
