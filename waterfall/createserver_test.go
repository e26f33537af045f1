// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"encoding/binary"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

var testStart = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// recorder makes the spans of a trace.
type recorder struct {
	trace     trace.TraceID
	resources map[string]*resource.Resource
	stubs     tracetest.SpanStubs
}

func newRecorder() *recorder {
	id, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	return &recorder{trace: id, resources: map[string]*resource.Resource{}}
}

func (r *recorder) resource(service string) *resource.Resource {
	if r.resources[service] == nil {
		r.resources[service] = resource.NewSchemaless(attribute.String("service.name", service))
	}
	return r.resources[service]
}

func spanID(n int) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

func (r *recorder) context(id int) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: r.trace, SpanID: spanID(id), TraceFlags: trace.FlagsSampled,
	})
}

// span adds a span from start to end, both in ms, and returns its id. The
// parent 0 means that it has no parent.
func (r *recorder) span(parent int, service, name string, start, end float64) int {
	id := len(r.stubs) + 1
	stub := tracetest.SpanStub{
		Name:        name,
		SpanContext: r.context(id),
		StartTime:   testStart.Add(ms(start)),
		EndTime:     testStart.Add(ms(end)),
		Resource:    r.resource(service),
	}
	if parent != 0 {
		stub.Parent = r.context(parent)
	}
	r.stubs = append(r.stubs, stub)
	return id
}

func ms(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }

func (r *recorder) fail(id int, description string, attributes ...attribute.KeyValue) {
	stub := &r.stubs[id-1]
	stub.Status = sdktrace.Status{Code: codes.Error, Description: description}
	stub.Attributes = append(stub.Attributes, attributes...)
}

// sql adds n queries of about 1 ms, one every step ms.
func (r *recorder) sql(parent int, service, name string, n int, start, step float64) {
	for i := range n {
		at := start + float64(i)*step
		r.span(parent, service, name, at, at+0.8+0.1*float64(i%5))
	}
}

// call adds a request and the service's answer to it, and returns the latter's
// id. The request's id is one less.
func (r *recorder) call(parent int, from, to, name string, start, end float64) int {
	request := r.span(parent, from, name, start, end)
	return r.span(request, to, name, start+1.1, end-0.9)
}

// createserver makes a trace like that of a program that creates a server and
// deletes it.
func createserver() []sdktrace.ReadOnlySpan {
	const client, keystone, nova, glance, neutron, placement = "createserver", "keystone", "nova-api", "glance-api", "neutron-server", "placement-api"
	r := newRecorder()
	root := r.span(0, client, "createserver", 0, 9240)

	// token adds a service's check of the caller's token.
	token := func(parent int, service string, at float64) {
		k := r.call(parent, service, keystone, "GET /v3/auth/tokens", at, at+14)
		r.sql(k, keystone, "SELECT keystone", 2, at+3, 3)
	}

	auth := r.call(root, client, keystone, "POST /v3/auth/tokens", 2, 412)
	r.sql(auth, keystone, "SELECT keystone", 9, 12, 9)
	r.span(auth, keystone, "bcrypt.checkpw", 102, 391)
	images := r.call(root, client, glance, "GET /v2/images", 414, 487)
	token(images, glance, 418)
	r.sql(images, glance, "SELECT glance", 3, 440, 12)
	flavors := r.call(root, client, nova, "GET /v2.1/flavors", 489, 528)
	token(flavors, nova, 492)
	r.sql(flavors, nova, "SELECT nova_api", 2, 511, 5)
	networks := r.call(root, client, neutron, "GET /v2.0/networks", 530, 611)
	token(networks, neutron, 533)
	r.sql(networks, neutron, "SELECT neutron", 12, 551, 4.5)

	create := r.call(root, client, nova, "POST /v2.1/servers", 614, 1893)
	token(create, nova, 617)
	r.sql(create, nova, "SELECT nova_api", 6, 634, 7)
	image := r.call(create, nova, glance, "GET /v2/images/{id}", 690, 751)
	token(image, glance, 694)
	r.call(create, nova, neutron, "GET /v2.0/networks", 760, 842)
	r.call(create, nova, neutron, "GET /v2.0/quotas/{id}", 844, 901)
	r.sql(create, nova, "INSERT nova_api", 4, 910, 9)
	build := r.span(create, nova, "rpc build_instances", 960, 7610)
	schedule := r.span(build, "nova-conductor", "schedule_and_build_instances", 1010, 1720)
	candidates := r.call(schedule, "nova-scheduler", placement, "GET /allocation_candidates", 1043, 1238)
	r.sql(candidates, placement, "SELECT placement", 14, 1050, 12)
	claim := r.call(schedule, "nova-scheduler", placement, "PUT /allocations/{id}", 1301, 1402)
	r.fail(claim, "", attribute.Int("http.response.status_code", 409), attribute.String("error.type", "409"))
	r.fail(claim-1, "", attribute.Int("http.response.status_code", 409), attribute.String("error.type", "409"))
	r.call(schedule, "nova-scheduler", placement, "PUT /allocations/{id}", 1421, 1502)
	spawn := r.span(build, "nova-compute", "build_and_run_instance", 1741, 7598)
	port := r.call(spawn, "nova-compute", neutron, "POST /v2.0/ports", 1803, 2611)
	token(port, neutron, 1808)
	r.sql(port, neutron, "INSERT neutron", 7, 1850, 60)
	bind := r.call(spawn, "nova-compute", neutron, "PUT /v2.0/ports/{id}", 2620, 3304)
	r.fail(bind, "PortBindingFailed: Binding failed for port 6f3c2a11, please check neutron logs for more information.")
	r.call(spawn, "nova-compute", neutron, "PUT /v2.0/ports/{id}", 3820, 4404)
	r.call(spawn, "nova-compute", glance, "GET /v2/images/{id}/file", 4411, 6120)
	r.span(spawn, "nova-compute", "libvirt create domain", 6180, 7560)

	server := func(method string, start, end float64) int {
		id := r.call(root, client, nova, method+" /v2.1/servers/{id}", start, end)
		r.set(id-1, "http.request.method", method, "url.full", "http://cloud.example:8774/v2.1/servers/6f3c2a11")
		r.set(id, "http.request.method", method, "url.path", "/v2.1/servers/6f3c2a11")
		return id
	}
	for i := range 6 {
		at := 1895 + float64(i)*1150
		r.sql(server("GET", at, at+38), nova, "SELECT nova", 5, at+6, 5)
	}
	remove := server("DELETE", 7912, 8050)
	r.sql(remove, nova, "UPDATE nova", 3, 7960, 12)
	r.span(r.span(remove, nova, "rpc terminate_instance", 8010, 8023), "nova-compute", "terminate_instance", 8025, 9105)
	gone := server("GET", 9201, 9236)
	for _, id := range []int{gone, gone - 1} {
		r.fail(id, "", attribute.Int("http.response.status_code", 404), attribute.String("error.type", "404"))
	}
	return r.stubs.Snapshots()
}
