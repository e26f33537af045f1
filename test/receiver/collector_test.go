// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// Without a queue and without retries in the exporter, the receiver itself learns
// whether the back end took the spans. Without sampling, each message is in the log.
const collectorConfig = `
receivers:
  osprofiler:
    connection_string: %q
%s    storage: file_storage
extensions:
  file_storage: {directory: %q}
exporters:
  otlp_http:
    endpoint: %s
    compression: none
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}, logs: {sampling: {enabled: false}}}
  pipelines:
    traces: {receivers: [osprofiler], exporters: [otlp_http]}
`

// collector is a Collector with a folder for its storage.
type collector struct {
	t       testing.TB
	config  string
	process *process
}

// newCollector makes the configuration of a Collector. options are further lines
// of the receiver's configuration.
func newCollector(t testing.TB, connection, options, endpoint string) *collector {
	t.Helper()
	return &collector{t: t, config: writeFile(t, "config.yaml",
		fmt.Sprintf(collectorConfig, connection, options, t.TempDir(), endpoint))}
}

// queueReader makes the configuration of a Collector that reads the queue.
func queueReader(t testing.TB, r *rabbitMQ, endpoint string) *collector {
	t.Helper()
	return newCollector(t, "messaging://", fmt.Sprintf("    transport_url: %q\n", r.transportURL()), endpoint)
}

func (c *collector) start() {
	c.t.Helper()
	command := exec.Command(otelcol(c.t), "--config", c.config)
	command.Env = environment(c.t.TempDir())
	c.process = start(c.t, command)
	eventually(c.t, "the Collector is ready", func() bool {
		select {
		case <-c.process.ended:
			c.t.Fatal("the Collector ended")
		default:
		}
		return c.process.says("Everything is ready")
	})
}

// peakMemory returns the most memory that the Collector has had, in bytes.
func (c *collector) peakMemory() int {
	c.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		c.t.Fatalf("no VmHWM in %s", status)
	}
	kilobytes, _ := strconv.Atoi(string(found[1]))
	return kilobytes << 10
}

// otelcol returns the path of the Collector that the script build has made.
func otelcol(t testing.TB) string {
	t.Helper()
	manifest, err := os.ReadFile("../../collector/builder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^  version: (.*)$`).FindSubmatch(manifest)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "ostrace-receiver", string(version[1]), "otelcol")
}

// spanID names a span.
type spanID struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// backend takes spans over OTLP, and counts them.
type backend struct {
	url string

	mu         sync.Mutex
	spans      map[spanID]int
	incomplete map[spanID]int // those with osprofiler.missing
	requests   int
	status     int // what it answers, instead of taking spans
	// before is called before spans are taken, with the number of different ones
	// so far.
	before func(spans int)
}

func startBackend(t testing.TB) *backend {
	t.Helper()
	b := &backend{spans: map[spanID]int{}, incomplete: map[spanID]int{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// ServeHTTP implements http.Handler.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	request := ptraceotlp.NewExportRequest()
	if err == nil {
		err = request.UnmarshalProto(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	before, sofar, status := b.before, len(b.spans), b.status
	b.requests++
	b.mu.Unlock()
	if status != 0 {
		http.Error(w, "the test says so", status)
		return
	}
	if before != nil {
		before(sofar)
	}
	b.take(request.Traces())
	answer, _ := ptraceotlp.NewExportResponse().MarshalProto()
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(answer)
}

func (b *backend) take(traces ptrace.Traces) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, of := range traces.ResourceSpans().All() {
		for _, scope := range of.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				id := spanID{span.TraceID(), span.SpanID()}
				b.spans[id]++
				if _, missing := span.Attributes().Get("osprofiler.missing"); missing {
					b.incomplete[id]++
				}
			}
		}
	}
}

// answer makes the back end answer with a status, or take spans again for 0.
func (b *backend) answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

// each sets a function that is called before spans are taken.
func (b *backend) each(before func(spans int)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before = before
}

// at waits until the back end is about to take a request when it has so many spans,
// and calls f in the middle of it.
func (b *backend) at(t testing.TB, spans int, f func()) {
	t.Helper()
	var once sync.Once
	done := make(chan struct{})
	b.each(func(sofar int) {
		if sofar >= spans {
			once.Do(func() { f(); close(done) })
		}
	})
	defer b.each(nil)
	select {
	case <-done:
	case <-time.After(limit):
		found, _, _ := b.counts()
		t.Fatalf("%d spans, still fewer than %d", found, spans)
	}
}

// counts returns the number of different spans, of those that came more than once,
// and of those that came without their start or stop.
func (b *backend) counts() (spans, twice, incomplete int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, times := range b.spans {
		if times > 1 {
			twice++
		}
	}
	return len(b.spans), twice, len(b.incomplete)
}

// ids returns the ids of all spans.
func (b *backend) ids() map[spanID]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := map[spanID]bool{}
	for id := range b.spans {
		ids[id] = true
	}
	return ids
}

func (b *backend) tried() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}
