package propagation

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	oshmac "github.com/ostrace/ostrace/hmac"
)

// floor is the least that the OSProfiler half can cost: base64 of the JSON as
// it stands, HMAC-SHA1 with a prepared key, hex, and two Header.Set.
func floor() func(http.Header) {
	json := []byte(`{"base_id": "` + testBase + `", "parent_id": "` + testParent + `"}`)
	type state struct {
		hash hash.Hash
		text []byte
	}
	pool := sync.Pool{New: func() any { return &state{hash: hmac.New(sha1.New, []byte("SECRET_KEY"))} }}
	return func(header http.Header) {
		s := pool.Get().(*state)
		defer pool.Put(s)
		s.text = base64.URLEncoding.AppendEncode(s.text[:0], json)
		s.hash.Reset()
		s.hash.Write(s.text)
		n := len(s.text)
		s.text = s.hash.Sum(s.text)
		header.Set("X-Trace-Info", string(s.text[:n]))
		header.Set("X-Trace-Hmac", hex.EncodeToString(s.text[n:]))
	}
}

func BenchmarkInject(b *testing.B) {
	key := mustKey(b, "SECRET_KEY")
	sampled := trace.ContextWithSpanContext(b.Context(), spanContext(testTrace, testSpan, true, false))
	unsampled := trace.ContextWithSpanContext(b.Context(), spanContext(testTrace, testSpan, false, false))
	w3c := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	header := http.Header{}
	carrier := propagation.HeaderCarrier(header)
	bare := floor()
	osprofiler, both, keyless := NewOSProfiler(key), New(key), New()
	for _, bench := range []struct {
		name string
		run  func()
	}{
		{"floor", func() { bare(header) }},
		{"osprofiler", func() { osprofiler.Inject(sampled, carrier) }},
		{"w3c", func() { w3c.Inject(sampled, carrier) }},
		{"w3c+osprofiler", func() { both.Inject(sampled, carrier) }},
		{"w3c/unsampled", func() { w3c.Inject(unsampled, carrier) }},
		{"w3c+osprofiler/unsampled", func() { both.Inject(unsampled, carrier) }},
		{"w3c+osprofiler/no key", func() { keyless.Inject(sampled, carrier) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.run()
			}
		})
	}
	b.Run("osprofiler/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			carrier := propagation.HeaderCarrier{}
			for pb.Next() {
				osprofiler.Inject(sampled, carrier)
			}
		})
	})
}

func BenchmarkExtract(b *testing.B) {
	key := mustKey(b, "SECRET_KEY")
	w3c := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	both := New(key)
	unsigned := propagation.HeaderCarrier{}
	unsigned.Set("traceparent", traceparent(testTrace, testSpan, "01"))
	signed := propagation.HeaderCarrier(http.Header(unsigned).Clone())
	info, mac := key.SignedPack(oshmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	signed.Set("X-Trace-Info", info)
	signed.Set("X-Trace-Hmac", mac)
	forged := propagation.HeaderCarrier(http.Header(signed).Clone())
	forged.Set("X-Trace-Hmac", "0000000000000000000000000000000000000000")
	for _, bench := range []struct {
		name       string
		propagator propagation.TextMapPropagator
		carrier    propagation.HeaderCarrier
	}{
		{"w3c", w3c, unsigned},
		{"w3c+osprofiler/absent", both, unsigned},
		{"w3c+osprofiler/forged", both, forged},
		{"w3c+osprofiler/valid", both, signed},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.propagator.Extract(b.Context(), bench.carrier)
			}
		})
	}
}
