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
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// The attributes of a point's span that OpenTelemetry's conventions do not have. A
// span can have propagation.BaseIDKey and propagation.ParentIDKey beside them.
const (
	// PointKey is the name of the point, such as "wsgi" or "neutron.db".
	PointKey = attribute.Key("osprofiler.point")
	// TraceIDKey is the point's own id, which OSProfiler calls trace_id. A span
	// has it where the id can't be derived from the span's ids.
	TraceIDKey = attribute.Key("osprofiler.trace_id")
	// MissingKey is "stop" for a point whose stop is not stored, and "start"
	// for a point whose start is not stored. The span has the same time as its
	// start and its end then.
	MissingKey = attribute.Key("osprofiler.missing")
)

// scopeName is the instrumentation scope of points' spans.
const scopeName = "github.com/openstack/osprofiler"

// Spans returns a span for each point, in the order of [Trace.All], so parents come
// before their children.
//
// The ids are those of the bridge. The trace id is the base_id, and the span id
// is the last 64 bits of the point's trace_id. The parent's span id is the last
// 64 bits of parent_id, or a parent_id of 16 hex digits itself; there is no
// parent where parent_id is base_id. So the ids fit the spans that services
// export over OTLP and the spans of Go programs that signed with this module,
// whether those are stored as points or not. In the place of an id that is not
// a UUID there is its hash, which is the same each time.
//
// Names, kinds and attributes are those of OSProfiler's OTLP driver
// (osprofiler/drivers/otlp.py), with today's semantic conventions beside them.
// The resource has host.name, and service.name, which is "<project>-<service>"
// as in that driver. A point with an etype has the status Error and an event
// "exception". A point that [NewSpanExporter]'s exporter stored becomes the
// span of which it was made.
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

// pointName returns the name of the notifications without their ending. It is
// the point's whole name, also where the name has hyphens.
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

// parent returns no id for a point at the top of OSProfiler's own tree. The
// trace_id of a point can be the base_id: by the bridge it is a root span then.
func (c *converter) parent(p *Point) trace.SpanID {
	if p.parent != nil {
		return spanIDOf(p.parent.TraceID)
	}
	if p.ParentID == "" || p.ParentID == p.TraceID || p.ParentID == noParentID || propagation.IsRoot(c.baseID, p.ParentID) {
		return trace.SpanID{}
	}
	id := spanIDOf(p.ParentID)
	if id == spanIDOf(p.TraceID) { // 16 hex digits can be the point's own id
		return trace.SpanID{}
	}
	return id
}

// ids returns the attributes with those ids of OSProfiler that can't be derived
// from the span's ids.
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
	key := resourceKey{service: serviceName(p.Project, p.Service), host: p.Host}
	if own != nil && own.Service != "" {
		key.service = own.Service
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

// describe adds the name and the attributes from the info of a start.
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

// result adds the attributes and the status from the info of a stop.
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

// failed records on the span that it raised an exception.
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
