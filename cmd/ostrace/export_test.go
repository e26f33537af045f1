// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
)

// backend is an OTLP back end over HTTP that keeps spans by their id.
type backend struct {
	*httptest.Server
	mu     sync.Mutex
	spans  map[string]ptrace.Span
	total  int
	path   string
	answer func(http.ResponseWriter) bool // nil: take everything
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{spans: map[string]ptrace.Span{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answer != nil && b.answer(w) {
		return
	}
	b.path = r.URL.Path
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	message, err := io.ReadAll(body)
	request := ptraceotlp.NewExportRequest()
	if err != nil || request.UnmarshalProto(message) != nil {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	for _, r := range request.Traces().ResourceSpans().All() {
		for _, s := range r.ScopeSpans().All() {
			for _, span := range s.Spans().All() {
				b.total++
				b.spans[span.SpanID().String()] = span
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func TestExport(t *testing.T) {
	b := newBackend(t)
	for _, endpoint := range []string{b.URL, b.URL + "/", b.URL + "/v1/traces"} {
		out := must(t, "export", imageShowFile, "--endpoint", endpoint)
		if out != "18 spans exported, trace id a3c082a532164635925a3cdd42b8192d\n" || b.path != "/v1/traces" {
			t.Errorf("%s: %q to %s", endpoint, out, b.path)
		}
	}
	if len(b.spans) != 18 || b.total != 3*18 {
		t.Errorf("%d spans with %d ids, want %d with 18", b.total, len(b.spans), 3*18)
	}
	roots := 0
	for _, span := range b.spans {
		if span.TraceID().String() != "a3c082a532164635925a3cdd42b8192d" {
			t.Errorf("trace id %s", span.TraceID())
		}
		if span.ParentSpanID().IsEmpty() {
			roots++
		} else if _, ok := b.spans[span.ParentSpanID().String()]; !ok {
			t.Errorf("the parent of %s is not there", span.Name())
		}
	}
	if roots != 4 {
		t.Errorf("%d spans at the top, want 4", roots)
	}
}

func TestExportToTheEnvironmentsBackend(t *testing.T) {
	b := newBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	must(t, "export", imageShowFile)
	if len(b.spans) != 18 {
		t.Errorf("%d spans", len(b.spans))
	}
}

// Without an endpoint, a trace goes where the help says. The exporter reads the
// environment itself.
func TestExportAddress(t *testing.T) {
	const (
		all    = "OTEL_EXPORTER_OTLP_ENDPOINT"
		traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	)
	help := must(t, "export", "--help")
	for _, test := range []struct{ protocol, flag, variable, want string }{
		{protocolHTTP, "", "", "http://localhost:4318"},
		{protocolGRPC, "", "", "http://localhost:4317"},
		{protocolHTTP, "", all, ""},
		{protocolGRPC, "", traces, ""},
		{protocolHTTP, "https://tempo:4318", traces, "https://tempo:4318"},
	} {
		t.Setenv(all, "")
		t.Setenv(traces, "")
		if test.variable != "" {
			t.Setenv(test.variable, "https://collector:4318")
		}
		if got := (&export{endpoint: test.flag}).address(test.protocol); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
		if test.flag+test.variable == "" && !strings.Contains(help, test.want) {
			t.Errorf("the help does not name %s", test.want)
		}
	}
}

// refused answers with a status.
func refused(status int) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		http.Error(w, "not today", status)
		return true
	}
}

func TestExportFails(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
	usual := retryTime
	retryTime = 500 * time.Millisecond
	t.Cleanup(func() { retryTime = usual })
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter) bool
		want   string
	}{
		"refused":      {refused(http.StatusForbidden), "403"},
		"not OTLP":     {refused(http.StatusNotFound), "404"},
		"busy":         {refused(http.StatusServiceUnavailable), "retry"},
		"silent":       {nil, "context deadline exceeded"},
		"partly taken": {partlyTaken, "7 spans rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			b.answer = test.answer
			if name == "silent" {
				b.mu.Lock() // the handler waits for it
				defer b.mu.Unlock()
			}
			stdout, stderr, status := call(t, "export", imageShowFile, "--endpoint", b.URL)
			if status != exitFailure || stdout != "" || strings.Count(stderr, "\n") != 1 ||
				!strings.HasPrefix(stderr, "ostrace: 0 of 18 spans were exported, then: ") || !strings.Contains(stderr, test.want) {
				t.Errorf("status %d, %s%s", status, stdout, stderr)
			}
		})
	}
	t.Run("down", func(t *testing.T) {
		_, stderr, status := call(t, "export", imageShowFile, "--endpoint", "http://"+unused(t))
		if status != exitFailure || !strings.Contains(stderr, "connection refused") {
			t.Errorf("status %d, %s", status, stderr)
		}
	})
	t.Run("down, with gRPC", func(t *testing.T) {
		_, stderr, status := call(t, "export", imageShowFile, "--protocol", "grpc", "--endpoint", "http://"+unused(t))
		if status != exitFailure || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %s", status, stderr)
		}
	})
}

func partlyTaken(w http.ResponseWriter) bool {
	response := ptraceotlp.NewExportResponse()
	response.PartialSuccess().SetRejectedSpans(7)
	response.PartialSuccess().SetErrorMessage("quota")
	message, _ := response.MarshalProto()
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(message)
	return true
}

// Spans that a program has exported itself are left out, and the command says
// so. --all sends everything.
func TestExportLeavesOutWhatIsExported(t *testing.T) {
	connectionString, server := redis(t)
	traceID, err := trace.TraceIDFromHex(strings.ReplaceAll(imageShow, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for i, attributes := range [][]attribute.KeyValue{{points.ExportedKey.Bool(true)}, {points.ExportedKey.Bool(true)}, nil} {
		span := tracetest.SpanStub{
			Name: "createserver", StartTime: at, EndTime: at.Add(time.Second), Attributes: attributes,
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: trace.SpanID{byte(i + 1)}}),
		}.Snapshot()
		for _, n := range points.NotificationsFromSpan(span) {
			if _, err := server.RPush("osprofiler_opt:"+imageShow, string(n.Payload)); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := write(t, must(t, "show", "--otlp-json", imageShow, "--connection-string", connectionString))
	for name, args := range map[string][]string{
		"from a store": {imageShow, "--connection-string", connectionString},
		"from a file":  {file},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			out := must(t, append([]string{"export", "--endpoint", b.URL}, args...)...)
			if want := "19 spans exported, trace id a3c082a532164635925a3cdd42b8192d\n" +
				"2 spans are left out because the program that stored them has exported them itself (--all sends them too)\n"; out != want {
				t.Errorf("%q, want %q", out, want)
			}
			if len(b.spans) != 19 || b.total != 19 {
				t.Errorf("%d spans with %d ids arrived", b.total, len(b.spans))
			}
			b = newBackend(t)
			out = must(t, append([]string{"export", "--all", "--endpoint", b.URL}, args...)...)
			if out != "21 spans exported, trace id a3c082a532164635925a3cdd42b8192d\n" || len(b.spans) != 21 || b.total != 21 {
				t.Errorf("%q, %d spans with %d ids arrived", out, b.total, len(b.spans))
			}
		})
	}
}

// A trace whose spans are all exported already needs no back end.
func TestExportOfWhatIsExported(t *testing.T) {
	span := tracetest.SpanStub{
		Name: "createserver", StartTime: time.Unix(1, 0), EndTime: time.Unix(2, 0), Attributes: []attribute.KeyValue{points.ExportedKey.Bool(true)},
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}),
	}.Snapshot()
	server := miniredis.RunT(t)
	for _, n := range points.NotificationsFromSpan(span) {
		if _, err := server.RPush("osprofiler_opt:"+n.BaseID, string(n.Payload)); err != nil {
			t.Fatal(err)
		}
	}
	out := must(t, "export", span.SpanContext().TraceID().String(), "--connection-string", "redis://"+server.Addr(), "--endpoint", "http://"+unused(t))
	if want := "0 spans exported, trace id 01000000000000000000000000000000\n" +
		"1 span is left out because the program that stored it has exported it itself (--all sends it too)\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
}
