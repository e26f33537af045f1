// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/ostrace/ostrace/internal/scope"
)

// clientTracer starts the spans of a Transport. OpenTelemetry's transport gets
// a clientSpan, and all other code gets the span itself from the context.
type clientTracer struct {
	embedded.Tracer
	tracer trace.Tracer
}

func (t clientTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx, span := t.tracer.Start(ctx, valid(name), opts...)
	s := &clientSpan{Context: ctx, Span: span, recording: span.IsRecording()}
	return s, s
}

// clientSpan makes the attributes and texts of OpenTelemetry's transport
// recordable. It is also the request's context, in which sender finds it.
type clientSpan struct {
	context.Context
	trace.Span
	labeler   otelhttp.Labeler // for OpenTelemetry's transport
	recording bool             // until it ends
	sent      bool
}

type clientSpanKey struct{}

// clientSpanOf returns the span that was started for a request with this
// context, which is about to be sent. It is nil if one of contrib's filters
// left the request out.
func clientSpanOf(ctx context.Context) *clientSpan {
	s, _ := ctx.Value(clientSpanKey{}).(*clientSpan)
	if s == nil || s.sent { // it belongs to a request around this one
		return nil
	}
	s.sent = true
	return s
}

func (s *clientSpan) Value(key any) any {
	switch key {
	case clientSpanKey{}:
		return s
	case clientLabelerKey:
		if outer := s.Context.Value(key); outer != nil {
			return outer
		}
		return &s.labeler
	}
	return s.Context.Value(key)
}

func (s *clientSpan) SetAttributes(attributes ...attribute.KeyValue) {
	if !s.recording {
		return
	}
	makeRecordable(attributes)
	s.Span.SetAttributes(attributes...)
}

func (s *clientSpan) SetStatus(code codes.Code, description string) {
	if description != "" {
		description = valid(redact(description, inText))
	}
	s.Span.SetStatus(code, description)
}

// serverTracer starts the spans of a Handler. OpenTelemetry's handler gets a
// serverSpan, and all other code gets the span itself from the context.
type serverTracer struct {
	embedded.Tracer
	tracer  trace.Tracer // nil to have one of the provider of the span around
	careful bool         // the request is not recordable
}

func (t serverTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	if t.careful {
		opts = recordableOptions(opts)
	}
	tracer := t.tracer
	if tracer == nil {
		tracer = instrumentation.TracerOf(spanAround(ctx))
	}
	ctx, span := tracer.Start(ctx, valid(name), opts...)
	if !span.IsRecording() {
		return ctx, span
	}
	return ctx, &serverSpan{span}
}

// spanAround returns the span in which the request is served. In ctx the span
// context that came in hides it.
func spanAround(ctx context.Context) trace.Span {
	if ids := requestIDsFrom(ctx); ids != nil && ids.around != nil {
		return *ids.around
	}
	return trace.SpanFromContext(context.Background())
}

// recordableOptions returns options that start the same span with attributes
// that are recordable.
func recordableOptions(opts []trace.SpanStartOption) []trace.SpanStartOption {
	config := trace.NewSpanStartConfig(opts...)
	attributes := config.Attributes()
	makeRecordable(attributes)
	opts = []trace.SpanStartOption{
		trace.WithAttributes(attributes...), trace.WithLinks(config.Links()...),
		trace.WithSpanKind(config.SpanKind()), trace.WithTimestamp(config.Timestamp()),
	}
	if config.NewRoot() {
		opts = append(opts, trace.WithNewRoot())
	}
	return opts
}

// serverSpan makes the texts that OpenTelemetry's handler records after a
// request was served recordable.
type serverSpan struct{ trace.Span }

func (s *serverSpan) SetName(name string) { s.Span.SetName(valid(name)) }

// End is called by a deferred function. The SDK records a panic, unless the
// panic's text is not recordable.
func (s *serverSpan) End(opts ...trace.SpanEndOption) {
	recovered := recover()
	if recovered == nil {
		s.Span.End(opts...)
		return
	}
	if attributes, changed := panicAttributes(recovered); changed {
		s.AddEvent("exception", trace.WithAttributes(attributes...))
		s.Span.End(opts...)
	} else {
		defer s.Span.End(opts...)
	}
	panic(recovered)
}

func clientTracers(provider trace.TracerProvider) trace.TracerProvider {
	return scope.Provider(clientTracer{tracer: instrumentation.TracerProvider(provider).Tracer("")})
}

func serverTracers(provider trace.TracerProvider, careful bool) trace.TracerProvider {
	t := serverTracer{careful: careful}
	if provider != nil {
		t.tracer = instrumentation.TracerProvider(provider).Tracer("")
	}
	return scope.Provider(t)
}
