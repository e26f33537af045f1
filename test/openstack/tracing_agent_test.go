// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/sdk"
	"github.com/ostrace/ostrace/test/jaeger"
)

// program is the service name of the Go program whose trace ids have 64 bits.
const program = "program"

// jaeger-client sends OSProfiler's points as spans to Jaeger's agent, with the
// last 64 bits of the trace id. They hang under the spans of a Go program whose
// trace ids have 64 bits. Each service has as many spans as it has points in
// Redis for the same work.
func (c tracedCloud) osprofilerToAgent(t *testing.T) {
	wanted := computeservers.CreateOpts{
		Name: "agent", ImageRef: idOf(t, "image", "tiny"), FlavorRef: "42",
		Networks: []computeservers.Network{{UUID: idOf(t, "network", "net1")}},
	}
	useCloud(t, "RELEASE=zed", "TRACING=redis")
	c.oneServer(t, wanted) // after this the services have made the requests that they make only once
	stored := storedCounts(t, c.oneServer(t, wanted))

	useCloud(t, "RELEASE=zed", "TRACING=jaeger")
	c.oneServer(t, wanted)
	r := c.oneServer(t, wanted)
	isAnswer := func(s jaeger.Span) bool { return s.Name == "wsgi" }
	spans := c.settled(t, r.TraceID, func(spans jaeger.Trace) error {
		return errors.Join(
			spans.Tree(),
			sameServices(spans, program, "keystone-public", "glance-api", "neutron-neutron-server", "placement-placement",
				"nova-osapi_compute", "nova-nova-conductor", "nova-nova-scheduler", "nova-nova-compute"),
			answered(spans, program, r, everyService, isAnswer),
			inLog(t, spans, r, func(s jaeger.Span) bool { return isAnswer(s) && s.Service == "nova-osapi_compute" }),
			sameCounts(spans, stored),
		)
	})
	if inRedis := points(t, r.BaseID); len(inRedis) > 0 {
		t.Errorf("%d points are in Redis", len(inRedis))
	}
	c.draw(t, r.TraceID)
	t.Logf("%d spans: %v", len(spans), spans.Services())
}

// oneServer creates a server and deletes it, in one trace that begins with a
// new token. Its requests that look at the server's state belong to other
// traces, so that each of these traces has the same requests.
func (c tracedCloud) oneServer(t *testing.T, wanted computeservers.CreateOpts) report {
	t.Helper()
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+c.HTTP+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	recorder := tracetest.NewSpanRecorder()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(sdk.IDGenerator64()),
		sdktrace.WithSpanProcessor(recorder), sdktrace.WithSyncer(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", program))))
	ctx, root := tracers.Tracer("test").Start(t.Context(), "root")
	client := newClient(t, ctx, recorder, tracers)
	compute := client.compute(t)

	server, err := computeservers.Create(ctx, compute, wanted, nil).Extract()
	if err != nil {
		t.Fatal(err)
	}
	waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = computeservers.WaitForStatus(waiting, compute, server.ID, "ACTIVE")
	if err := errors.Join(err, computeservers.Delete(ctx, compute, server.ID).ExtractErr()); err != nil {
		t.Fatal(err)
	}
	root.End()
	eventually(t, func() error {
		_, err := computeservers.Get(waiting, compute, server.ID).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return nil
		}
		return errors.Join(fmt.Errorf("server %s is still there", server.ID), err)
	})
	return client.reportOf(root.SpanContext().TraceID())
}

// storedCounts returns the numbers of points in Redis of each service and name,
// when the trace is whole and gets no more points.
func storedCounts(t *testing.T, r report) map[string]int {
	t.Helper()
	counts := map[string]int{}
	eventually(t, func() error {
		before := counts
		stored := points(t, r.BaseID)
		counts = map[string]int{}
		for _, p := range stored {
			counts[p.Project+"-"+p.Service+" "+p.Name]++
		}
		if !maps.Equal(counts, before) {
			return errors.New("points still come in")
		}
		return whole(stored, sentParents(r))
	})
	return counts
}

// sameCounts returns an error if a service has another number of spans with a
// name than points in Redis. It leaves out Keystone, whose requests depend on
// the tokens that the other services know, and the functions of Nova's API:
// under uwsgi, Nova imports them before it has read in its configuration that
// they must be traced.
func sameCounts(spans jaeger.Trace, stored map[string]int) error {
	sent := map[string]int{}
	for _, s := range spans {
		sent[s.Service+" "+s.Name]++
	}
	leaveOut := func(name string, _ int) bool {
		return strings.HasPrefix(name, program+" ") || strings.HasPrefix(name, "keystone-public ") ||
			slices.Contains([]string{"nova-osapi_compute compute_api", "nova-osapi_compute neutron_api", "nova-osapi_compute rpc"}, name)
	}
	want := maps.Clone(stored)
	maps.DeleteFunc(sent, leaveOut)
	maps.DeleteFunc(want, leaveOut)
	if !maps.Equal(sent, want) {
		return fmt.Errorf("the spans are %v, and the points in Redis %v", sent, want)
	}
	return nil
}
