// SPDX-License-Identifier: Apache-2.0

package points

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// The attributes of a point's span that OpenTelemetry's conventions do not have. A
// span can have propagation.BaseIDKey and propagation.ParentIDKey beside them.
const (
	// PointKey is the point's name, such as "wsgi" or "neutron.db".
	PointKey = attribute.Key("osprofiler.point")
	// TraceIDKey is the point's own id, where it is not what the bridge makes
	// of the span's ids. OSProfiler calls it trace_id.
	TraceIDKey = attribute.Key("osprofiler.trace_id")
	// MissingKey is "stop" for a point that was not seen to end, and "start"
	// for one that was not seen to begin. The span then has the time of the
	// other one for both.
	MissingKey = attribute.Key("osprofiler.missing")
)

// scopeName is the instrumentation scope of points' spans.
const scopeName = "github.com/openstack/osprofiler"

// Spans returns a span for each point, parents before their children.
//
// Ids are those of the bridge: the trace id is the base_id, the span id the low
// 64 bits of the point's trace_id, the parent's those of parent_id, or a
// parent_id of 16 hex digits itself, and none where parent_id is base_id. So they fit the spans that services export over
// OTLP and those of Go programs that signed with this module, whether their own
// points are stored or not. An id that is not a UUID becomes its hash, the same
// one each time.
//
// Names, kinds and attributes are those of OSProfiler's OTLP driver
// (osprofiler/drivers/otlp.py), with today's semantic conventions beside them.
// The resource has service.name, which is "<project>-<service>" as there, and
// host.name. A point with an etype has the status Error and an event
// "exception". Points of this package's [SpanExporter] are the spans that they
// were made of.
func (t *Trace) Spans() []sdktrace.ReadOnlySpan {
	c := converter{
		baseID:    t.BaseID,
		traceID:   traceIDOf(t.BaseID),
		resources: map[resourceKey]*resource.Resource{},
	}
	stubs := make(tracetest.SpanStubs, 0, t.Len())
	for p := range t.All() {
		stubs = append(stubs, c.span(p))
	}
	return stubs.Snapshots()
}

func traceIDOf(baseID string) trace.TraceID {
	id, ok := propagation.TraceID(baseID)
	if !ok {
		sum := sha256.Sum256([]byte(baseID))
		copy(id[:], sum[:])
	}
	return id
}

func spanIDOf(pointID string) trace.SpanID {
	id, ok := propagation.SpanID(pointID)
	if !ok {
		sum := sha256.Sum256([]byte(pointID))
		copy(id[:], sum[:])
	}
	return id
}

// converter makes the spans of one trace.
type converter struct {
	baseID    string
	traceID   trace.TraceID
	resources map[resourceKey]*resource.Resource
}

func (c *converter) span(p *Point) tracetest.SpanStub {
	start, stop := infoOf(p.Start), infoOf(p.Stop)
	name := p.pointName()
	stub := tracetest.SpanStub{
		Name:                 name,
		SpanKind:             kindOf(name),
		SpanContext:          c.context(spanIDOf(p.TraceID)),
		StartTime:            p.Started(),
		EndTime:              p.Finished(),
		InstrumentationScope: instrumentation.Scope{Name: scopeName},
	}
	if parent := c.parent(p); parent.IsValid() {
		stub.Parent = c.context(parent)
	}
	if stub.EndTime.Before(stub.StartTime) {
		stub.EndTime = stub.StartTime
	}
	own := start.OpenTelemetry
	if p.Start == nil {
		own = stop.OpenTelemetry
	}
	if own != nil && own.Name != "" {
		own.restore(&stub, stop.OpenTelemetry)
	} else {
		start.describe(&stub, name)
		stop.result(&stub)
	}
	stub.Resource = c.resource(p, own)
	stub.Attributes = append(stub.Attributes, c.ids(p, stub)...)
	switch {
	case p.Stop == nil:
		stub.Attributes = append(stub.Attributes, MissingKey.String("stop"))
	case p.Start == nil:
		stub.Attributes = append(stub.Attributes, MissingKey.String("start"))
	}
	return stub
}

// pointName is the name of the notifications without their ending, which is the
// point's whole name also where it has hyphens.
func (p *Point) pointName() string {
	if p.Start != nil {
		return strings.TrimSuffix(p.Start.Name, "-start")
	}
	return strings.TrimSuffix(p.Stop.Name, "-stop")
}

func kindOf(point string) trace.SpanKind {
	switch {
	case strings.Contains(point, "wsgi"):
		return trace.SpanKindServer
	case strings.Contains(point, "db"), strings.Contains(point, "http"), strings.Contains(point, "api"):
		return trace.SpanKindClient
	}
	return trace.SpanKindInternal
}

func (c *converter) context(id trace.SpanID) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    c.traceID,
		SpanID:     id,
		TraceFlags: trace.FlagsSampled,
	})
}

// parent returns no id for a point at the top of OSProfiler's own tree. A point
// can have the base_id as its trace_id: the bridge's root span.
func (c *converter) parent(p *Point) trace.SpanID {
	if p.parent != nil {
		return spanIDOf(p.parent.TraceID)
	}
	if p.ParentID == "" || p.ParentID == p.TraceID || p.ParentID == noParentID || propagation.IsRoot(c.baseID, p.ParentID) {
		return trace.SpanID{}
	}
	id := spanIDOf(p.ParentID)
	if id == spanIDOf(p.TraceID) { // 16 hex digits can be its own
		return trace.SpanID{}
	}
	return id
}

// ids are the attributes with those ids of OSProfiler that the span's ids don't
// tell.
func (c *converter) ids(p *Point, stub tracetest.SpanStub) []attribute.KeyValue {
	ids := make([]attribute.KeyValue, 0, 5)
	ids = append(ids, PointKey.String(p.pointName()))
	if p.TraceID != propagation.ParentID(c.traceID, stub.SpanContext.SpanID()) {
		ids = append(ids, TraceIDKey.String(p.TraceID))
	}
	if stub.Parent.IsValid() && p.ParentID != propagation.ParentID(c.traceID, stub.Parent.SpanID()) {
		ids = append(ids, propagation.ParentIDKey.String(p.ParentID))
	}
	if c.baseID != propagation.BaseID(c.traceID) {
		ids = append(ids, propagation.BaseIDKey.String(strings.ToValidUTF8(c.baseID, "\ufffd")))
	}
	return ids
}

type resourceKey struct{ service, host string }

func (c *converter) resource(p *Point, own *otelInfo) *resource.Resource {
	key := resourceKey{service: p.Project + "-" + p.Service, host: p.Host}
	switch {
	case own != nil && own.Service != "":
		key.service = own.Service
	case p.Project == "" || p.Service == "":
		key.service = cmp.Or(p.Project, p.Service, "unknown_service")
	}
	r := c.resources[key]
	if r == nil {
		attributes := []attribute.KeyValue{semconv.ServiceName(key.service)}
		if key.host != "" {
			attributes = append(attributes, semconv.HostName(key.host))
		}
		r = resource.NewWithAttributes(semconv.SchemaURL, attributes...)
		c.resources[key] = r
	}
	return r
}

// describe adds what a start tells.
func (i info) describe(stub *tracetest.SpanStub, point string) {
	switch {
	case i.Request != nil && i.Request.Method != "":
		stub.Name = "WSGI_" + i.Request.Method.String() + "_" + i.Request.Path.String()
		stub.Attributes = i.Request.attributes()
	case i.DB != nil && i.DB.Statement != "":
		statement := i.DB.Statement.String()
		verb, _, _ := strings.Cut(statement, " ")
		verb = strings.ToUpper(verb)
		stub.Name = "SQL_" + verb
		stub.Attributes = []attribute.KeyValue{
			attribute.String("db.statement", statement),
			semconv.DBQueryText(statement),
			semconv.DBOperationName(verb),
			semconv.DBSystemNameOtherSQL,
		}
		if i.DB.Params != nil {
			stub.Attributes = append(stub.Attributes, attribute.String("db.params", string(i.DB.Params)))
		}
	case i.Requests != nil && i.Requests.Method != "":
		stub.Name = "REQUESTS_" + i.Requests.Method.String() + "_" + i.Requests.Hostname.String()
		stub.Attributes = slices.Concat(i.Requests.attributes(), i.Requests.peer())
	case i.Function != nil && i.Function.Name != "":
		name := i.Function.Name.String()
		stub.Attributes = []attribute.KeyValue{attribute.String("name", name), semconv.CodeFunctionName(name)}
		if i.Function.Args != nil {
			stub.Attributes = append(stub.Attributes, attribute.String("args", i.Function.Args.String()))
		}
		if i.Function.Kwargs != nil {
			stub.Attributes = append(stub.Attributes, attribute.String("kwargs", i.Function.Kwargs.String()))
		}
		if strings.Contains(point, "rpc") {
			stub.Attributes = append(stub.Attributes, semconv.RPCMethod(name), semconv.RPCSystemNameKey.String("oslo.messaging"))
		}
	}
}

// result adds what a stop tells.
func (i info) result(stub *tracetest.SpanStub) {
	for _, result := range [...]*text{i.DB.result(), i.Function.result()} {
		if result != nil {
			stub.Attributes = append(stub.Attributes, attribute.String("result", result.String()))
		}
	}
	if i.Requests != nil && i.Requests.StatusCode > 0 {
		code := int(i.Requests.StatusCode)
		stub.Attributes = append(stub.Attributes,
			attribute.Int("status_code", code), semconv.HTTPResponseStatusCode(code))
		if code >= 400 {
			stub.Status = sdktrace.Status{Code: codes.Error}
		}
	}
	if i.EType != "" {
		failed(stub, i.EType.String(), i.Message.String(), stub.EndTime)
	}
}

// failed marks the span as the one that raised an exception.
func failed(stub *tracetest.SpanStub, kind, message string, at time.Time) {
	stub.Status = sdktrace.Status{Code: codes.Error, Description: cmp.Or(message, kind)}
	stub.Attributes = append(stub.Attributes, attribute.Bool("error", true), semconv.ErrorTypeKey.String(kind))
	exception := []attribute.KeyValue{semconv.ExceptionType(kind)}
	if message != "" {
		exception = append(exception, semconv.ExceptionMessage(message))
	}
	stub.Events = append(stub.Events, sdktrace.Event{
		Name:       semconv.ExceptionEventName,
		Time:       at,
		Attributes: exception,
	})
}
