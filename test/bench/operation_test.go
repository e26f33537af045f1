// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"testing"

	"go.opentelemetry.io/contrib/propagators/b3"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// operation is one operation that is measured. Its name is the part of the
// benchmark's name after the group: pairs of key=value, of which "by" says
// whose code it is. The page explains the values of "by".
type operation struct {
	name string
	run  func()
}

// groups are the operations that are compared with each other. They call see
// with the headers that they sent, or the ids that they received, so that a
// test can check their work. see may be nil.
var groups = map[string]func(see func(http.Header)) []operation{
	"Sign":           signing,
	"Verify":         verifying,
	"SignSHA256":     signingSHA256,
	"VerifySHA256":   verifyingSHA256,
	"Inject":         injecting,
	"Extract":        extracting,
	"Transport":      func(see func(http.Header)) []operation { return transports(see, sdktrace.AlwaysSample()) },
	"TransportOff":   func(see func(http.Header)) []operation { return transports(see, sdktrace.NeverSample()) },
	"Handler":        tracedHandlers,
	"HandlerOff":     untracedHandlers,
	"Gophercloud":    func(see func(http.Header)) []operation { return gophercloudRequests(see, sdktrace.AlwaysSample()) },
	"GophercloudOff": func(see func(http.Header)) []operation { return gophercloudRequests(see, sdktrace.NeverSample()) },
}

func BenchmarkSign(b *testing.B)           { compare(b, "Sign") }
func BenchmarkVerify(b *testing.B)         { compare(b, "Verify") }
func BenchmarkSignSHA256(b *testing.B)     { compare(b, "SignSHA256") }
func BenchmarkVerifySHA256(b *testing.B)   { compare(b, "VerifySHA256") }
func BenchmarkInject(b *testing.B)         { compare(b, "Inject") }
func BenchmarkExtract(b *testing.B)        { compare(b, "Extract") }
func BenchmarkTransport(b *testing.B)      { compare(b, "Transport") }
func BenchmarkTransportOff(b *testing.B)   { compare(b, "TransportOff") }
func BenchmarkHandler(b *testing.B)        { compare(b, "Handler") }
func BenchmarkHandlerOff(b *testing.B)     { compare(b, "HandlerOff") }
func BenchmarkGophercloud(b *testing.B)    { compare(b, "Gophercloud") }
func BenchmarkGophercloudOff(b *testing.B) { compare(b, "GophercloudOff") }

func compare(b *testing.B, group string) {
	for _, o := range groups[group](nil) {
		b.Run(o.name, o.benchmark)
	}
}

func (o operation) benchmark(b *testing.B) {
	b.ReportAllocs()
	o.run() // what is done once only is not measured
	for b.Loop() {
		o.run()
	}
}

// This is the trace that is sent and received, in OSProfiler's ids and in
// W3C's.
const (
	secret      = "SECRET_KEY"
	baseID      = "b74f3410-5463-852d-9c43-4723dde138d8"
	parentID    = "b74f3410-5463-852d-423e-96d038e9de81"
	traceparent = "00-b74f34105463852d9c434723dde138d8-423e96d038e9de81-01"
	b3Header    = "b74f34105463852d9c434723dde138d8-423e96d038e9de81-1"
)

var (
	key       = newKey(secret)
	sha256Key = newKey(secret, hmac.SHA256)

	// These are the propagators that programs set, with OSProfiler's headers
	// and without them.
	w3c       = otelpropagation.NewCompositeTextMapPropagator(otelpropagation.TraceContext{}, otelpropagation.Baggage{})
	zipkin    = otelpropagation.NewCompositeTextMapPropagator(b3.New(), otelpropagation.Baggage{})
	composite = propagation.New(key)
	none      = otelpropagation.NewCompositeTextMapPropagator()

	// sentOn writes the headers that a context would send on. It signs only
	// with a key that verified the incoming headers.
	sentOn = propagation.New()
)

func newKey(secret string, digests ...hmac.Digest) hmac.Key {
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		panic(err)
	}
	return key
}

// signed returns headers with a signature of the key, and no other headers.
func signed(key hmac.Key) http.Header {
	header := http.Header{}
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	header.Set(hmac.HeaderInfo, info)
	header.Set(hmac.HeaderHMAC, mac)
	return header
}

// alsoW3C returns a copy of the headers with traceparent.
func alsoW3C(header http.Header) http.Header {
	header = header.Clone()
	header.Set("Traceparent", traceparent)
	return header
}

// inTrace returns a context in the trace.
func inTrace(flags trace.TraceFlags) context.Context {
	ctx := otelpropagation.TraceContext{}.Extract(context.Background(), otelpropagation.MapCarrier{"traceparent": traceparent})
	return trace.ContextWithSpanContext(ctx, trace.SpanContextFromContext(ctx).WithTraceFlags(flags).WithRemote(false))
}

// tracing returns a provider whose spans are made and ended, and given to a
// processor, as in a program that exports them. The processor drops them.
func tracing(sampler sdktrace.Sampler) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(dropping{}))
}

type dropping struct{}

func (dropping) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (dropping) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (dropping) ForceFlush(context.Context) error                { return nil }
func (dropping) Shutdown(context.Context) error                  { return nil }
