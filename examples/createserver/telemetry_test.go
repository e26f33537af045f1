// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// backend is a back end to which spans are sent.
type backend struct {
	*httptest.Server

	mu         sync.Mutex
	spans      map[string]string // the names by the ids
	attributes map[string]string // the attributes of the program's resource
	services   map[string]bool
}

func startBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{spans: map[string]string{}, attributes: map[string]string{}, services: map[string]bool{}}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
			t.Errorf("POST %s: not spans (%v)", r.URL.Path, err)
		}
		if strings.Contains(string(body), key) {
			t.Error("the key is in the spans")
		}
		b.take(&request)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) take(request *collector.ExportTraceServiceRequest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		attributes := map[string]string{}
		for _, kv := range resource.Resource.Attributes {
			attributes[kv.Key] = kv.Value.GetStringValue()
		}
		b.services[attributes["service.name"]] = true
		if attributes["telemetry.sdk.name"] != "" {
			b.attributes = attributes
		}
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				b.spans[hex.EncodeToString(span.SpanId)] = span.Name
			}
		}
	}
}

// check compares the spans that arrived with the report.
func (b *backend) check(t *testing.T, report reportJSON) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.spans) != len(report.Spans) || len(report.Spans) == 0 {
		t.Errorf("%d spans arrived of %d", len(b.spans), len(report.Spans))
	}
	for _, span := range report.Spans {
		if name, ok := b.spans[span.SpanID]; !ok || name != span.Name {
			t.Errorf("the span %s, %q, arrived as %q", span.SpanID, span.Name, name)
		}
	}
}

func TestExport(t *testing.T) {
	for name, env := range map[string][]string{
		"endpoint alone":      {"OTEL_EXPORTER_OTLP_ENDPOINT=URL", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"},
		"exporter too":        {"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=URL"},
		"endpoint for traces": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=URL/v1/traces"},
	} {
		t.Run(name, func(t *testing.T) {
			realCloud(t)
			b := startBackend(t)
			for _, entry := range env {
				setenv(t, strings.ReplaceAll(entry, "URL", b.URL))
			}
			r := execute(t.Context(), t, with("--output", "json")...)
			r.succeeded(t)
			b.check(t, r.report(t))
		})
	}
}

// The spans of the simulated services go to the back end too.
func TestExportOfTheSimulatedCloud(t *testing.T) {
	clearEnvironment(t)
	b := startBackend(t)
	setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+b.URL, "OTEL_SERVICE_NAME=mine", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test")
	r := execute(t.Context(), t, "--output", "json")
	if r.status != 0 {
		t.Errorf("exit status %d\n%s", r.status, r.stderr)
	}
	report := r.report(t)
	b.check(t, report)
	if len(b.services) != 9 || !b.services["mine"] || b.attributes["deployment.environment.name"] != "test" {
		t.Errorf("services %v, resource %v", b.services, b.attributes)
	}
	if root := report.Spans[0]; root.Service != "mine" {
		t.Errorf("%q is of the service %q", root.Name, root.Service)
	}
}

// Work that failed is exported as well.
func TestExportOfAFailure(t *testing.T) {
	realCloud(t)
	b := startBackend(t)
	setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+b.URL)
	r := execute(t.Context(), t, with("--image", "nix", "--output", "json")...)
	r.failed(t, 1, "nix")
	b.check(t, r.report(t))
}

// Standard output is for the report alone.
func TestConsoleExporter(t *testing.T) {
	realCloud(t)
	setenv(t, "OTEL_TRACES_EXPORTER=console")
	r := execute(t.Context(), t, with("--output", "json")...)
	report := r.report(t)
	_, spans, ok := strings.Cut(r.stderr, "ostrace show "+report.BaseID+"\n")
	if r.status != 0 || !ok {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(spans))
	n := 0
	for ; ; n++ {
		var span struct{ Name string }
		if err := decoder.Decode(&span); err == io.EOF {
			break
		} else if err != nil || span.Name == "" {
			t.Fatalf("not a span: %v\n%s", err, spans)
		}
	}
	if n != len(report.Spans) {
		t.Errorf("%d spans on standard error, %d in the report", n, len(report.Spans))
	}
}

func TestExporterNone(t *testing.T) {
	realCloud(t)
	setenv(t, "OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	execute(t.Context(), t, wanted...).succeeded(t)
}

func TestExporterUnknown(t *testing.T) {
	for env, want := range map[string]string{
		"OTEL_TRACES_EXPORTER=nonsense":           `OTEL_TRACES_EXPORTER must be otlp, console or none, not "nonsense"`,
		"OTEL_EXPORTER_OTLP_PROTOCOL=nonsense":    "invalid OTLP protocol",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=smtp": "invalid OTLP protocol",
	} {
		t.Run(env, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, "OTEL_TRACES_EXPORTER=otlp", env)
			r := execute(t.Context(), t, wanted...)
			r.failed(t, 1, want, "OTEL_")
			if len(cloud.Requests()) != 0 || r.stdout != "" {
				t.Errorf("%d requests, stdout %q", len(cloud.Requests()), r.stdout)
			}
		})
	}
}

// Without an SDK the cloud is traced too, with the ids that the bridge gives a
// root.
func TestSDKDisabled(t *testing.T) {
	cloud := realCloud(t)
	setenv(t, "OTEL_SDK_DISABLED=TRUE", "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	report := r.report(t)
	if len(report.Spans) != 0 || strings.ReplaceAll(report.BaseID, "-", "") != report.TraceID || report.TraceID == "" {
		t.Errorf("%d spans, trace %q, base %q", len(report.Spans), report.TraceID, report.BaseID)
	}
	for _, request := range outside(cloud, "", "") {
		if !request.Signed || request.Trace.BaseID != report.BaseID || request.Trace.ParentID != report.BaseID || request.Header.Get("Traceparent") != "" {
			t.Errorf("%s %s: %+v, traceparent %q", request.Method, request.Path, request.Trace, request.Header.Get("Traceparent"))
		}
	}
	if !strings.Contains(r.stderr, "Trace ID: "+report.BaseID) {
		t.Errorf("stderr is\n%s", r.stderr)
	}
	execute(t.Context(), t, wanted...).succeeded(t) // nothing to draw
}

// The services of the simulated cloud have SDKs of their own.
func TestSDKDisabledOnTheSimulatedCloud(t *testing.T) {
	clearEnvironment(t)
	setenv(t, "OTEL_SDK_DISABLED=true")
	r := execute(t.Context(), t)
	if r.status != 0 || !strings.Contains(r.stdout, "WSGI_POST_/v2.1/servers") || strings.Contains(r.stdout, "authenticate") {
		t.Errorf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// Signed means sampled.
func TestNotSampled(t *testing.T) {
	cloud := realCloud(t)
	setenv(t, "OTEL_TRACES_SAMPLER=always_off")
	r := execute(t.Context(), t, with("--output", "json")...)
	report := r.report(t)
	if r.status != 0 || len(report.Spans) != 0 || report.TraceID != "" || report.BaseID != "" {
		t.Errorf("exit status %d, report %+v", r.status, report)
	}
	if !strings.HasPrefix(r.stderr, "No trace was recorded: ") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("stderr is\n%s", r.stderr)
	}
	for _, request := range outside(cloud, "", "") {
		if request.Signed || request.Header.Get("X-Trace-Info") != "" {
			t.Errorf("signed means sampled: %s %s is signed", request.Method, request.Path)
		}
	}
}

// OpenTelemetry's message about each of its variables is one line.
func TestVariablesUnusable(t *testing.T) {
	for env, want := range map[string]string{
		"OTEL_TRACES_SAMPLER=nonsense":      "createserver: OpenTelemetry: ",
		"OTEL_RESOURCE_ATTRIBUTES=nonsense": "createserver: OpenTelemetry: ",
	} {
		t.Run(env, func(t *testing.T) {
			realCloud(t)
			setenv(t, env)
			r := execute(t.Context(), t, with("--output", "json")...)
			if own := r.own(); r.status != 0 || len(own) != 1 || !strings.HasPrefix(own[0], want) || !strings.Contains(own[0], "nonsense") {
				t.Errorf("exit status %d, stderr has %q", r.status, own)
			}
			if report := r.report(t); report.Spans[0].Service != "createserver" {
				t.Errorf("the service is %q", report.Spans[0].Service)
			}
		})
	}
}
