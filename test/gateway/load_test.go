// SPDX-License-Identifier: Apache-2.0

package gateway_test

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
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostrace/ostrace/test/gateway/caddyproc"
)

const loadCaddyfile = `{
	admin off
	auto_https off
	ostrace {
		hmac_keys {file.%s}
		share 100%%
		per_minute 120
	}
}
http://%s {
	metrics /metrics
	ostrace /v2.1/*
	reverse_proxy %s
}
`

// wrk sends as many requests as it can, the policy chooses all of them, and the
// back end for spans is down. Each request is answered, the limit holds, and the
// metrics count all requests.
func TestLoad(t *testing.T) {
	const perMinute = 120
	var arrived, signed atomic.Int64
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		if r.Header.Get("X-Trace-Hmac") != "" {
			signed.Add(1)
		}
		io.WriteString(w, `{"servers": []}`)
	}))
	defer cloud.Close()
	keys := filepath.Join(t.TempDir(), "hmac_keys")
	if err := os.WriteFile(keys, []byte("SECRET_KEY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	began := time.Now()
	caddy := start(t, fmt.Sprintf(loadCaddyfile, keys, address, cloud.Listener.Addr()), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + freeAddress(t)}, address)
	output, err := exec.Command("wrk", "--threads", "2", "--connections", "100", "--duration", "5s", "--header", "X-Auth-Token: a", "http://"+address+"/v2.1/servers").CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Fatalf("wrk: %v\n%s", err, output)
	}
	t.Logf("%s\n%d requests arrived, %d signed", output, arrived.Load(), signed.Load())
	if failures := regexp.MustCompile(`(?m)^.*(Socket errors|Non-2xx).*$`).Find(output); failures != nil {
		t.Errorf("wrk counts failures: %s", failures)
	}
	if n := requestsOf(t, output); arrived.Load() < n || n < 10_000 {
		t.Errorf("wrk had %d answers, and %d requests arrived", n, arrived.Load())
	}
	if most := int64(perMinute * (1 + took.Minutes())); signed.Load() < perMinute || signed.Load() > most {
		t.Errorf("%d requests were signed, and at least %d and at most %d had to be", signed.Load(), perMinute, most)
	}
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	metrics, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	shared, limited := metric(string(metrics), "share"), metric(string(metrics), "limit")
	if shared != signed.Load() || shared+limited < arrived.Load() {
		t.Errorf("the metrics have %d of share and %d of limit", shared, limited)
	}
	if log := caddy.Log(); strings.Contains(log, "panic") {
		t.Errorf("Caddy's log:\n%s", log)
	}
}

func requestsOf(t *testing.T, output []byte) int64 {
	t.Helper()
	match := regexp.MustCompile(`(\d+) requests in `).FindSubmatch(output)
	if match == nil {
		t.Fatalf("wrk wrote %s", output)
	}
	n, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// metric returns the number of requests with a decision in Caddy's metrics.
func metric(metrics, decision string) int64 {
	match := regexp.MustCompile(`(?m)^ostrace_gateway_requests_total\{ostrace_gateway_decision="` + decision + `"\} (\S+)$`).FindStringSubmatch(metrics)
	if match == nil {
		return 0
	}
	n, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return 0
	}
	return int64(n)
}

func start(t *testing.T, caddyfile string, env []string, address string) *caddyproc.Caddy {
	t.Helper()
	caddy, err := caddyproc.Start(caddyfile, env, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		caddy.Stop()
		if t.Failed() {
			t.Logf("Caddy:\n%s", caddy.Log())
		}
	})
	return caddy
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := caddyproc.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
