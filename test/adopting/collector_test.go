// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// collector is an OTLP receiver that keeps the spans that a program exports.
type collector struct {
	url string

	mu    sync.Mutex
	spans ptrace.Traces
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: ptrace.NewTraces()}
	server := httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	spans, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	spans.ResourceSpans().MoveAndAppendTo(c.spans.ResourceSpans())
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// environment returns the variables with which a program exports its spans to the
// collector, and signs its requests.
func (c *collector) environment(service string) []string {
	return []string{
		"OTEL_SERVICE_NAME=" + service,
		"OTEL_TRACES_EXPORTER=otlp",
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url,
		"OS_PROFILE=" + hmacKey,
	}
}

// exported returns all spans that have arrived.
func (c *collector) exported() ptrace.Traces {
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := ptrace.NewTraces()
	c.spans.CopyTo(spans)
	return spans
}
