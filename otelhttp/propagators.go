// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"slices"
	"strings"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/requestid"
	"github.com/ostrace/ostrace/propagation"
)

// clientPropagators are the propagators of a Transport. They are those of the
// program, with a carrier that takes less time.
type clientPropagators struct {
	otelpropagation.TextMapPropagator
}

func (p clientPropagators) Inject(ctx context.Context, carrier otelpropagation.TextMapCarrier) {
	if header, ok := carrier.(otelpropagation.HeaderCarrier); ok {
		carrier = headers{header}
	}
	p.TextMapPropagator.Inject(ctx, carrier)
}

// verifyingPropagators are the propagators of a Handler. After the program's
// propagators they verify OSProfiler's headers with the Handler's own keys,
// whatever those propagators did with the headers and in whatever order they
// are composed. They also put the request ids into the context.
type verifyingPropagators struct {
	otelpropagation.TextMapPropagator
	osprofiler propagation.OSProfiler
	ownKeys    bool
	digests    []hmac.Digest // all digests, if it is empty
	ownTracers bool
	proxy      bool // the handler has no request id of its own
}

func (p verifyingPropagators) Extract(ctx context.Context, carrier otelpropagation.TextMapCarrier) context.Context {
	header, ok := carrier.(otelpropagation.HeaderCarrier)
	if !ok {
		return p.osprofiler.Extract(p.TextMapPropagator.Extract(ctx, carrier), carrier)
	}
	refused := p.refuses(header)
	if refused {
		carrier = unsigned{headers{header}}
	}
	var around *trace.Span
	if !p.ownTracers && trace.SpanContextFromContext(ctx).IsValid() {
		span := trace.SpanFromContext(ctx)
		around = &span
	}
	switch {
	case p.ownKeys:
		ctx = p.TextMapPropagator.Extract(ctx, unsigned{headers{header}})
		ctx = p.osprofiler.Extract(ctx, carrier)
	case refused:
		ctx = p.TextMapPropagator.Extract(ctx, carrier)
	default:
		ctx = p.TextMapPropagator.Extract(ctx, headers{header})
	}
	ids := &requestIDs{parent: trace.SpanContextFromContext(ctx), around: around}
	if !p.proxy {
		ids.own[0] = requestid.New()
	}
	if values := header[httpheader.RequestID]; len(values) == 1 {
		ctx = propagation.ContextWithGlobalRequestID(ctx, values[0])
		ids.global = propagation.IncomingGlobalRequestID(ctx)
	}
	ids.Context = ctx
	return ids
}

// refuses reports whether a request is signed in a digest that is not accepted.
func (p verifyingPropagators) refuses(header otelpropagation.HeaderCarrier) bool {
	if len(p.digests) == 0 {
		return false
	}
	for _, value := range header[httpheader.TraceHMAC] {
		if digest, ok := hmac.DigestOf(value); ok && !slices.Contains(p.digests, digest) {
			return true
		}
	}
	return false
}

// hasSignature reports whether header has one of OSProfiler's headers, in any
// spelling: a program can set it in the map in any spelling, and net/http sends
// it so.
func hasSignature(header http.Header) bool {
	for name := range header {
		if isSignature(name) {
			return true
		}
	}
	return false
}

// removeSignatures removes OSProfiler's headers from header.
func removeSignatures(header http.Header) {
	for name := range header {
		if isSignature(name) {
			delete(header, name)
		}
	}
}

// removeMisspelledSignatures removes those that have another spelling than
// net/http's.
func removeMisspelledSignatures(header http.Header) {
	for name := range header {
		if name != httpheader.TraceInfo && name != httpheader.TraceHMAC && isSignature(name) {
			delete(header, name)
		}
	}
}

func isSignature(name string) bool {
	return len(name) == len(httpheader.TraceInfo) && (strings.EqualFold(name, hmac.HeaderInfo) || strings.EqualFold(name, hmac.HeaderHMAC))
}
