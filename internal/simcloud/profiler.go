// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// process is one process of the real cloud, which sends its spans under a
// service.name of its own.
type process struct {
	cloud    *Cloud
	name     string
	dbPoint  string // the name of the points of SQL statements
	token    string // the token of the service's own user
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

func (c *Cloud) newProcess(name, token string) *process {
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithIDGenerator(pointIDs{}),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", name),
			attribute.Bool("ostrace.simulated", true),
		)),
	}
	for _, p := range c.processors {
		options = append(options, sdktrace.WithSpanProcessor(shared{p}))
	}
	provider := sdktrace.NewTracerProvider(options...)
	p := &process{
		cloud:    c,
		name:     name,
		dbPoint:  "db",
		token:    token,
		provider: provider,
		tracer:   provider.Tracer("osprofiler.drivers.otlp"),
	}
	c.processes = append(c.processes, p)
	return p
}

// shared is a processor that several providers have. The cloud shuts it down
// itself.
type shared struct{ sdktrace.SpanProcessor }

func (shared) Shutdown(context.Context) error { return nil }

// profiler is the state that OSProfiler keeps while it traces a request.
type profiler struct {
	key   hmac.Key
	base  string
	point string // the id of the point that is open, or the caller's
}

type profilerKey struct{}

// profiled returns a context in which points are traced, if the request's
// headers say so (osprofiler/web.py, WsgiMiddleware).
func profiled(ctx context.Context, t hmac.TraceInfo, key hmac.Key) context.Context {
	if t.BaseID == "" {
		t.BaseID = newUUID()
	}
	if t.ParentID == "" {
		t.ParentID = t.BaseID
	}
	return context.WithValue(ctx, profilerKey{}, profiler{key: key, base: t.BaseID, point: t.ParentID})
}

// sign adds the headers for a request that is sent while ctx's point is open.
func sign(ctx context.Context, header http.Header) {
	if p, ok := ctx.Value(profilerKey{}).(profiler); ok {
		info, mac := p.key.SignedPack(hmac.TraceInfo{BaseID: p.base, ParentID: p.point})
		header.Set(hmac.HeaderInfo, info)
		header.Set(hmac.HeaderHMAC, mac)
	}
}

// start opens a point. Where ctx is not traced, the span does nothing.
func (p *process) start(ctx context.Context, point, spanName string, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	profiler, ok := ctx.Value(profilerKey{}).(profiler)
	if !ok {
		return ctx, noop.Span{}
	}
	id := newUUID()
	traceID := traceIDOf(profiler.base)
	spanID, _ := propagation.SpanID(id)
	parent := context.WithValue(context.Background(), pointIDs{}, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID,
	}))
	if profiler.point != profiler.base {
		parent = trace.ContextWithSpanContext(parent, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID, SpanID: spanIDOf(profiler.point), TraceFlags: trace.FlagsSampled,
		}))
	}
	_, span := p.tracer.Start(parent, spanName, trace.WithSpanKind(kind(point)), trace.WithAttributes(attributes...))
	profiler.point = id
	return context.WithValue(ctx, profilerKey{}, profiler), span
}

// For an id that is not a UUID, traceIDOf and spanIDOf return a new id at each
// call, as osprofiler/_utils.py does.

func traceIDOf(baseID string) trace.TraceID {
	if id, ok := propagation.TraceID(baseID); ok {
		return id
	}
	id, _ := propagation.TraceID(newUUID())
	return id
}

func spanIDOf(parentID string) trace.SpanID {
	if uuid, ok := propagation.TraceID(parentID); ok {
		return trace.SpanID(uuid[8:])
	}
	id, _ := propagation.SpanID(newUUID())
	return id
}

// pointIDs is an id generator that returns the ids which the context holds
// under the key pointIDs.
type pointIDs struct{}

func (pointIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	ids := ctx.Value(pointIDs{}).(trace.SpanContext)
	return ids.TraceID(), ids.SpanID()
}

func (g pointIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	_, id := g.NewIDs(ctx)
	return id
}

func kind(point string) trace.SpanKind {
	switch {
	case strings.Contains(point, "wsgi"):
		return trace.SpanKindServer
	case strings.Contains(point, "db"), strings.Contains(point, "http"), strings.Contains(point, "api"):
		return trace.SpanKindClient
	}
	return trace.SpanKindInternal
}

// wsgi opens the point of an incoming request.
func (p *process) wsgi(r *http.Request) (context.Context, trace.Span) {
	path := r.URL.EscapedPath()
	return p.start(r.Context(), "wsgi", "WSGI_"+r.Method+"_"+path,
		attribute.String("http.path", path),
		attribute.String("http.query", r.URL.RawQuery),
		attribute.String("http.method", r.Method),
		attribute.String("http.scheme", "http"),
	)
}

// params are the parameters of a SQL statement.
type params map[string]any

// sql runs one SQL statement.
func (p *process) sql(ctx context.Context, statement string, params params) {
	verb, _, _ := strings.Cut(statement, " ")
	text, _ := json.Marshal(params)
	_, span := p.start(ctx, p.dbPoint, "SQL_"+strings.ToUpper(verb),
		attribute.String("db.statement", statement),
		attribute.String("db.params", string(text)),
	)
	p.cloud.wait(ctx, 800*time.Microsecond)
	span.End()
}

// function runs one of the functions that OSProfiler's decorators trace. Its
// error is recorded like a Python exception.
func (p *process) function(ctx context.Context, point, name, kwargs string, f func(context.Context) error) error {
	class := name[:strings.LastIndexByte(name, '.')]
	ctx, span := p.start(ctx, point, strings.TrimRight(point, "-star"), // the driver removes the ending with rstrip("-start")
		attribute.String("args", "(<"+class+" object at 0x7f3c52a1d990>,)"),
		attribute.String("kwargs", kwargs),
		attribute.String("name", name),
	)
	defer span.End()
	p.cloud.wait(ctx, time.Millisecond)
	err := f(ctx)
	if err != nil {
		span.SetAttributes(attribute.Bool("error", true))
		span.AddEvent("log", trace.WithAttributes(
			attribute.String("error.kind", exceptionClass(err)),
			attribute.String("message", err.Error()),
		))
	}
	return err
}
