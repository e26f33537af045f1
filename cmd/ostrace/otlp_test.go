package main

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// spansOfTraces are spans each of which is in a trace of its own.
func spansOfTraces(count int) []sdktrace.ReadOnlySpan {
	stubs := make(tracetest.SpanStubs, count)
	for i := range stubs {
		id := trace.TraceID{1}
		binary.BigEndian.PutUint64(id[8:], uint64(i))
		stubs[i].SpanContext = trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1}})
		stubs[i].StartTime = time.Unix(1, 0)
	}
	return stubs.Snapshots()
}

func TestTraceOfTen(t *testing.T) {
	_, err := traceOf(spansOfTraces(12))
	if err == nil || !strings.Contains(err.Error(), "the spans of 12 traces") || strings.Count(err.Error(), "0100000000000000") != 10 {
		t.Error(err)
	}
}

// Time grows with the number of traces, and not with its square.
func BenchmarkTraceOf(b *testing.B) {
	for _, count := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			spans := spansOfTraces(count)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := traceOf(spans); err == nil {
					b.Fatal("spans of several traces are one trace")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/span")
		})
	}
}
