// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// spansOfTraces returns spans, each in a trace of its own.
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

// A byte that is not UTF-8 in a file does not make the export lose a span.
func TestExportOfInvalidUTF8(t *testing.T) {
	b := newBackend(t)
	file := write(t, `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s`+"\xff"+`"}}]},"scopeSpans":[{"spans":[`+
		`{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"0000000000000001","name":"a`+"\xff"+`","startTimeUnixNano":"1","endTimeUnixNano":"2",`+
		`"attributes":[{"key":"k`+"\xff"+`","value":{"stringValue":"v`+"\xff"+`"}}]},`+
		`{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"0000000000000002","name":"b","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}`)
	if out := must(t, "export", file, "--endpoint", b.URL); !strings.HasPrefix(out, "2 spans exported") || len(b.spans) != 2 {
		t.Errorf("%d spans arrived: %s", len(b.spans), out)
	}
	if text := must(t, "show", "--otlp-json", file); !utf8.ValidString(text) {
		t.Errorf("%q", text)
	}
}

// Times that a signed number of nanoseconds can't express are taken for
// missing, and not for times before 1970.
func TestTimesOfOTLP(t *testing.T) {
	for nanoseconds, want := range map[pcommon.Timestamp]time.Time{
		0:                 {},
		1:                 time.Unix(0, 1),
		math.MaxInt64:     time.Unix(0, math.MaxInt64),
		math.MaxInt64 + 1: {},
		math.MaxUint64:    {},
	} {
		if got := timeOf(nanoseconds); !got.Equal(want) {
			t.Errorf("%d: %v, want %v", nanoseconds, got, want)
		}
	}
}

// The report of a SQL store, which has no time of day, keeps its times in OTLP.
func TestOTLPOfAReportWithoutTimes(t *testing.T) {
	report := write(t, `{"children": [{"trace_id": "00000000-0000-4000-8000-000000000001", "parent_id": "`+imageShow+`", "children": [],
		"info": {"started": 0, "finished": 10, "meta.raw_payload.a-start": {}, "meta.raw_payload.a-stop": {}}}]}`)
	tree := must(t, "show", write(t, must(t, "show", "--otlp-json", report)))
	if !strings.Contains(tree, "10.0 ms") && !strings.Contains(tree, "10 ms") {
		t.Error(tree)
	}
}
