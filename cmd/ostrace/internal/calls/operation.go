// SPDX-License-Identifier: Apache-2.0

package calls

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/points"
)

// Kind is the kind of an operation.
type Kind string

// The kinds of operations.
const (
	HTTP     Kind = "http"     // an HTTP request that the service answered
	RPC      Kind = "rpc"      // a method that the service ran for another service's message
	SQL      Kind = "sql"      // a statement that the service sent to its database
	Client   Kind = "client"   // a request or a message that the service sent
	Internal Kind = "internal" // a step inside the service
)

// Operation is what a service did in a call. Calls of one operation can be
// compared with each other.
type Operation struct {
	// Service is the span's service.name, such as "nova-osapi_compute".
	Service string
	Kind    Kind
	// Name is the method and the route of an HTTP request, such as
	// "GET /v2.1/servers/{id}", the folded text of a statement ([Fold]), or the
	// class and the method of a function, such as "ComputeManager.build_and_run_instance".
	Name string
}

// Answers reports whether the service did the operation for somebody else.
func (o Operation) Answers() bool { return o.Kind == HTTP || o.Kind == RPC }

// Title is the name in a few words: the [Summary] of a statement, or else the
// whole name.
func (o Operation) Title() string {
	if o.Kind == SQL {
		return Summary(o.Name)
	}
	return o.Name
}

// traits are the attributes of a span that say what it is.
type traits struct {
	method, path, route, template, host string
	statement, params                   string
	rpc, function, name, point          string
}

func traitsOf(span sdktrace.ReadOnlySpan) traits {
	var t traits
	for _, a := range span.Attributes() {
		var target *string
		switch a.Key {
		case semconv.HTTPRequestMethodKey, "http.method":
			target = &t.method
		case semconv.URLPathKey, "http.path":
			target = &t.path
		case semconv.HTTPRouteKey:
			target = &t.route
		case semconv.URLTemplateKey:
			target = &t.template
		case semconv.ServerAddressKey, "http.hostname":
			target = &t.host
		case semconv.DBQueryTextKey, "db.statement":
			target = &t.statement
		case "db.params":
			target = &t.params
		case semconv.RPCMethodKey:
			target = &t.rpc
		case semconv.CodeFunctionNameKey:
			target = &t.function
		case "name": // OSProfiler's own OTLP driver has the function there
			target = &t.name
		case points.PointKey:
			target = &t.point
		default:
			continue
		}
		if *target == "" && a.Value.Type() == attribute.STRING {
			*target = a.Value.AsString()
		}
	}
	if t.function == "" && points.FunctionName(span) != "" {
		t.function = t.name
	}
	return t
}

// operation returns what the span did.
func (r *Reader) operation(span sdktrace.ReadOnlySpan, service string, t traits) Operation {
	o := Operation{Service: service, Kind: Internal}
	kind := span.SpanKind()
	switch {
	case t.statement != "":
		o.Kind, o.Name = SQL, r.fold(t.statement)
	case t.method != "":
		o.Kind = Client
		if kind == trace.SpanKindServer {
			o.Kind = HTTP
		}
		o.Name = t.method + " " + cmp.Or(t.template, t.route, routeOf(service, t), t.host)
	case t.rpc != "" || t.function != "":
		function := cmp.Or(t.function, t.rpc)
		o.Name = classAndMethod(function)
		switch {
		case t.rpc == "" && t.point != "rpc":
		case strings.Contains(function, ".rpcapi."), kind == trace.SpanKindClient, kind == trace.SpanKindProducer:
			o.Kind = Client // OpenStack's services have their RPC clients in modules of this name
		default:
			o.Kind = RPC
		}
	default:
		o.Name = span.Name()
	}
	return o
}

// routeOf returns the route of a path, which is that of the service that
// answers it. A client's path may be any service's.
func routeOf(service string, t traits) string {
	if t.path == "" {
		return ""
	}
	project, _, _ := strings.Cut(service, "-")
	return gophercloudtrace.URLTemplate(project, t.path)
}

// classAndMethod returns the last two parts of a Python function's name. The
// class tells a service's method from that of its client.
func classAndMethod(function string) string {
	function = strings.ReplaceAll(function, "<locals>.", "")
	last := strings.LastIndexByte(function, '.')
	if last < 0 {
		return function
	}
	return function[strings.LastIndexByte(function[:last], '.')+1:]
}
