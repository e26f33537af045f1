// SPDX-License-Identifier: Apache-2.0

// Package collector_test sends the exports of the library's users to a real
// OpenTelemetry Collector.
package collector_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// span has the members that a span of createserver's report and a span of OTLP
// have in common.
type span struct {
	Service      string `json:"service"`
	Name         string `json:"name"`
	TraceID      string `json:"trace_id"`
	SpanID       string `json:"span_id"`
	ParentSpanID string `json:"parent_span_id"`
}

// collector is a running OpenTelemetry Collector, and the spans that it has
// sent on.
type collector struct {
	http, grpc string // its addresses for OTLP
	process    *os.Process

	mu       sync.Mutex
	spans    []span
	messages [][]byte          // the messages in which the spans came
	arrives  func(message int) // called before the message with that number is accepted
}

// Without a queue the Collector answers when it has sent on the spans that it
// received.
const config = `
receivers:
  otlp:
    protocols:
      http: {endpoint: %s}
      grpc: {endpoint: %s}
exporters:
  debug: {verbosity: detailed}
  otlp_http:
    endpoint: %s
    encoding: json
    compression: none
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http, debug]}
`

func startCollector(t *testing.T) *collector {
	t.Helper()
	ports := freePorts(t, 2)
	c := &collector{http: ports[0], grpc: ports[1]}
	backend := httptest.NewServer(c)
	t.Cleanup(backend.Close)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, c.http, c.grpc, backend.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	c.process, _ = start(t, nil, ports, "otelcol", "--config", file)
	return c
}

// ServeHTTP is the back end to which the Collector sends OTLP in JSON.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type attribute struct {
		Key   string
		Value struct{ StringValue string }
	}
	var batch struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []attribute }
			ScopeSpans []struct {
				Spans []struct{ Name, TraceID, SpanID, ParentSpanID string }
			}
		}
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &batch)
	}
	if r.URL.Path != "/v1/traces" || err != nil {
		http.Error(w, fmt.Sprint(r.URL, err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.arrives != nil {
		c.arrives(len(c.messages))
	}
	c.messages = append(c.messages, body)
	for _, of := range batch.ResourceSpans {
		service := ""
		for _, a := range of.Resource.Attributes {
			if a.Key == "service.name" {
				service = a.Value.StringValue
			}
		}
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, span{service, s.Name, s.TraceID, s.SpanID, s.ParentSpanID})
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, "{}")
}

// received returns the spans that came through the Collector.
func (c *collector) received() []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]span(nil), c.spans...)
}

// build builds one of the project's programs.
func build(t *testing.T, module, program string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "program")
	if output, err := exec.Command("go", "build", "-C", module, "-o", path, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// One trace: the spans that a Go program and the cloud's services export arrive
// completely, with both protocols of OTLP.
func TestCreateServer(t *testing.T) {
	program := build(t, "../../examples", "./createserver")
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			c := startCollector(t)
			address := c.http
			if protocol == "grpc" {
				address = c.grpc
			}
			var stderr strings.Builder
			command := exec.CommandContext(t.Context(), program, "--output", "json")
			command.Env = []string{"HOME=" + t.TempDir(), "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + address, "OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol}
			command.Stderr = &stderr
			stdout, err := command.Output()
			if err != nil || strings.Contains(stderr.String(), "delivered") {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			var report struct{ Spans []span }
			if err := json.Unmarshal(stdout, &report); err != nil {
				t.Fatal(err)
			}
			received := map[span]int{}
			for _, s := range c.received() {
				received[s]++
			}
			services := map[string]bool{}
			for _, s := range report.Spans {
				services[s.Service] = true
				if received[s] != 1 {
					t.Errorf("%+v was received %d times", s, received[s])
				}
				delete(received, s)
			}
			for s := range received {
				t.Errorf("%+v was received and is not in the report", s)
			}
			// These are the program itself, and the eight services of Keystone,
			// Glance, Neutron, Placement and Nova.
			if len(services) != 9 {
				t.Errorf("the services are %v", services)
			}
		})
	}
}
