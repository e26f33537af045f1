// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/filestorage"
	_ "github.com/caddyserver/caddy/v2/modules/logging"
	_ "github.com/caddyserver/caddy/v2/modules/metrics"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/hmac"
)

const secret = "SECRET_KEY_OF_THE_CLOUD"

// backend receives spans over OTLP.
type backend struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
	names []string // the services' names
}

func startBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, resource := range request.ResourceSpans {
			for _, kv := range resource.Resource.Attributes {
				if kv.Key == "service.name" {
					b.names = append(b.names, kv.Value.GetStringValue())
				}
			}
			for _, scope := range resource.ScopeSpans {
				b.spans = append(b.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(b.Close)
	return b
}

// cloud answers with the header that it received.
func cloud(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: console\r\n\r\n")
		buffered.Flush()
		line, _ := buffered.ReadString('\n')
		fmt.Fprint(buffered, strings.ToUpper(line))
		buffered.Flush()
		return
	}
	for _, name := range []string{"X-Trace-Info", "X-Trace-Hmac", "Traceparent", "X-Openstack-Request-Id"} {
		w.Header().Set("Received-"+name, r.Header.Get(name))
	}
	fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
}

// caddies starts Caddy, inside the test, in front of a cloud.
type caddies struct {
	t                   *testing.T
	address, admin      string
	upstream, keys, log string
}

func newCaddies(t *testing.T) *caddies {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(cloud))
	t.Cleanup(upstream.Close)
	c := &caddies{t: t, upstream: upstream.Listener.Addr().String(), keys: filepath.Join(t.TempDir(), "keys"), log: filepath.Join(t.TempDir(), "access.log")}
	if err := os.WriteFile(c.keys, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []*string{&c.address, &c.admin} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*address = listener.Addr().String()
		listener.Close()
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// load loads a configuration with options for ostrace.
func (c *caddies) load(options string) error {
	c.t.Helper()
	adapted, err := adapt(c.t, fmt.Sprintf(`{
	admin %s
	auto_https off
	persist_config off
	storage file_system %s
	ostrace {
		hmac_keys {file.%s}
		%s
	}
}
http://%s {
	bind 127.0.0.1
	log {
		output file %s
	}
	metrics /metrics
	ostrace /v2.1/* "{http.request.method} nova"
	reverse_proxy %s
}`, c.admin, c.t.TempDir(), c.keys, options, c.address, c.log, c.upstream))
	if err != nil {
		return err
	}
	return caddy.Load(adapted, true)
}

func (c *caddies) mustLoad(options string) {
	c.t.Helper()
	if err := c.load(options); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caddies) get(url string, header http.Header) (*http.Response, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(body)
}

func (c *caddies) list(header http.Header) *http.Response {
	c.t.Helper()
	resp, body := c.get("http://"+c.address+"/v2.1/servers", header)
	if resp.StatusCode != http.StatusOK || body != "GET /v2.1/servers" {
		c.t.Errorf("answer %d: %q", resp.StatusCode, body)
	}
	return resp
}

// A request through Caddy is signed, exported and counted, and logged with its
// trace and without its signature. None of these shows the key.
func TestCaddy(t *testing.T) {
	b := startBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off") // it has no effect
	c := newCaddies(t)
	c.mustLoad("share 100%\nper_minute 1\ntrace_response")
	chosen := c.list(nil)
	if got := c.list(nil).Header.Get("Received-X-Trace-Hmac"); got != "" {
		t.Error("a request over the limit is signed")
	}
	key, err := hmac.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"})
	if got := c.list(http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}}).Header; got.Get("Received-X-Trace-Info") != info || got.Get("Received-X-Trace-Hmac") != mac {
		t.Errorf("a signed request was passed on with %v", got)
	}
	if got := c.list(http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {"forged"}}).Header; got.Get("Received-X-Trace-Info") != "" {
		t.Errorf("a forged request was passed on with %v", got)
	}
	_, metrics := c.get("http://"+c.address+"/metrics", nil)
	_, config := c.get("http://"+c.admin+"/config/", nil)
	if err := caddy.Stop(); err != nil { // Stop exports the spans
		t.Fatal(err)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.spans) != 1 || len(b.names) != 1 || b.names[0] != "ostrace-gateway" {
		t.Fatalf("exported %v of %v", b.spans, b.names)
	}
	span := b.spans[0]
	traceID, spanID := hex.EncodeToString(span.TraceId), hex.EncodeToString(span.SpanId)
	if span.Name != "GET nova" {
		t.Errorf("the span's name is %q", span.Name)
	}
	trace, _, err := hmac.Keys{key}.SignedUnpack(chosen.Header.Get("Received-X-Trace-Info"), chosen.Header.Get("Received-X-Trace-Hmac"))
	if err != nil || strings.ReplaceAll(trace.BaseID, "-", "") != traceID {
		t.Errorf("signed %+v, %v; the span is in trace %s", trace, err, traceID)
	}
	for name, want := range map[string]string{
		"Received-Traceparent":            "00-" + traceID + "-" + spanID + "-01",
		"Traceresponse":                   "00-" + traceID + "-" + spanID + "-01",
		"Received-X-Openstack-Request-Id": "req-" + trace.BaseID,
	} {
		if got := chosen.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, line := range []string{
		`ostrace_gateway_requests_total{ostrace_gateway_decision="share"} 1`,
		`ostrace_gateway_requests_total{ostrace_gateway_decision="limit"} 2`,
		`ostrace_gateway_requests_total{ostrace_gateway_decision="signed"} 1`,
		`ostrace_gateway_signatures_refused_total 1`,
	} {
		if !strings.Contains(metrics, "\n"+line+"\n") {
			t.Errorf("metrics without %s:\n%s", line, metrics)
		}
	}
	log, err := os.ReadFile(c.log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), `"traceID":"`+traceID+`","spanID":"`+spanID+`"`) {
		t.Errorf("the trace %s is not in the access log:\n%s", traceID, log)
	}
	if strings.Contains(string(log), chosen.Header.Get("Received-X-Trace-Hmac")+`"],"X-`) {
		t.Error("the gateway's signature is in the access log")
	}
	for name, text := range map[string]string{"configuration": config, "access log": string(log), "metrics": metrics, "spans": fmt.Sprint(b.spans)} {
		if strings.Contains(text, secret) {
			t.Errorf("the key is in the %s", name)
		}
	}
	if !strings.Contains(config, c.keys) {
		t.Errorf("the configuration is %s", config)
	}
}

// The rule "Off costs nothing": the handler makes no allocation for a request that
// is not chosen.
func TestUnchosenAllocates(t *testing.T) {
	key, err := hmac.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(gateway.Policy{Share: 1e-12, PerMinute: 1}, gateway.WithHMACKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	handler := &Handler{SpanName: "{http.request.method} nova", gateway: g}
	var next caddyhttp.Handler = caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if got := testing.AllocsPerRun(1000, func() { err = handler.ServeHTTP(nil, r, next) }); got != 0 || err != nil {
		t.Errorf("%v allocations, %v", got, err)
	}
}

// A caller's long header does not make the spans of others too large to export.
func TestLongTexts(t *testing.T) {
	b := startBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	c := newCaddies(t)
	c.mustLoad("share 100%")
	long := strings.Repeat("x", 7000)
	c.list(http.Header{"User-Agent": {long}, "X-Forwarded-For": {long}})
	if err := caddy.Stop(); err != nil { // Stop exports the spans
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.spans) != 1 {
		t.Fatalf("exported %v", b.spans)
	}
	if size := proto.Size(b.spans[0]); size > 4096 {
		t.Errorf("the span has %d bytes", size)
	}
}

// After an invalid configuration, the old one stays in use. A valid one replaces
// it, and a request that has begun ends with the old one.
func TestReload(t *testing.T) {
	b := startBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	c := newCaddies(t)
	c.mustLoad("share 100%")
	isSigned := func() bool { return c.list(nil).Header.Get("Received-X-Trace-Hmac") != "" }
	if !isSigned() {
		t.Error("a request is not signed")
	}

	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /v2.1/console HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: console\r\n\r\n", c.address)
	reader := bufio.NewReader(conn)
	if resp, err := http.ReadResponse(reader, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}

	if err := os.WriteFile(c.keys, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.load("share 0%"); err == nil || !strings.Contains(err.Error(), "is missing or empty") {
		t.Errorf("a configuration without a key: %v", err)
	}
	if !isSigned() {
		t.Error("a configuration that can't be used took over")
	}
	if err := os.WriteFile(c.keys, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "hello\n")
	if line, err := reader.ReadString('\n'); line != "HELLO\n" {
		t.Errorf("%q, %v", line, err)
	}
	c.mustLoad("share 0%")
	if isSigned() {
		t.Error("the new configuration did not take over")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	lists := 0
	for _, span := range b.spans {
		for _, kv := range span.Attributes {
			if kv.Key == "url.path" && kv.Value.GetStringValue() == "/v2.1/servers" {
				lists++
			}
		}
	}
	if lists != 2 {
		t.Errorf("the old configuration exported %d spans of lists", lists)
	}
}

// If the back end is down or never answers, each request is still answered, and
// Caddy can stop.
func TestBackendDown(t *testing.T) {
	stuck := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // so that the server sees the client go away
		<-r.Context().Done()
	}))
	defer stuck.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, url := range map[string]string{"down": closed.URL, "stuck": stuck.URL} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
			t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
			t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
			t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
			c := newCaddies(t)
			c.mustLoad("share 100%")
			for range 200 {
				if c.list(nil).Header.Get("Received-X-Trace-Hmac") == "" {
					t.Fatal("a request is not signed")
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 6*cleanupTimeout)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- caddy.Stop() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-ctx.Done():
				t.Error("Caddy does not end")
			}
		})
	}
}
