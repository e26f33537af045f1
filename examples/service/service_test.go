// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

const limit = 30 * time.Second

// started is a running service, as it is for a reader who tries it.
type started struct {
	url    string
	traced http.Header // the headers of the printed curl line
	stderr chan string // its lines, closed when it has ended
	stop   context.CancelFunc
	done   chan error
}

var option = regexp.MustCompile(`-H '([^:]+): ([^']+)'`)

func start(t *testing.T) *started {
	t.Helper()
	for _, name := range []string{"OS_AUTH_URL", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	s := &started{traced: http.Header{}, stderr: make(chan string, 1000), stop: stop, done: make(chan error, 1)}
	go func() {
		s.done <- run(ctx, "127.0.0.1:0", w)
		_ = w.Close()
	}()
	go func() {
		defer close(s.stderr)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			s.stderr <- lines.Text()
		}
	}()
	t.Cleanup(stop)
	_, address, _ := strings.Cut(s.until(t, "http://"), "http://")
	s.url = "http://" + address
	for _, match := range option.FindAllStringSubmatch(s.until(t, "X-Trace-Info"), -1) {
		s.traced.Set(match[1], match[2])
	}
	if line := s.until(t, "curl"); !strings.Contains(line, s.traced.Get("X-Auth-Token")) || strings.Contains(line, "X-Trace") {
		t.Errorf("the line that is not traced: %s", line)
	}
	return s
}

// until returns the next line with the text.
func (s *started) until(t *testing.T, text string) string {
	t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case line, ok := <-s.stderr:
			if !ok {
				t.Fatalf("it ended without %q", text)
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-timeout:
			t.Fatalf("no line with %q", text)
		}
	}
}

// end stops the service and returns its last lines.
func (s *started) end(t *testing.T) string {
	t.Helper()
	s.stop()
	select {
	case err := <-s.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(limit):
		t.Fatal("it does not end")
	}
	var text strings.Builder
	for line := range s.stderr {
		text.WriteString(line + "\n")
	}
	return text.String()
}

func (s *started) get(t *testing.T, header http.Header) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/images", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := (&http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(resp.Header.Get("X-Openstack-Request-Id"), "req-") {
		t.Errorf("the answer has the header %v", resp.Header)
	}
	return resp.StatusCode, string(text)
}

const answer = `{"images":["tiny","twins","twins"]}` + "\n"

// One trace, and signed means sampled: the printed request is traced under its
// ids, from the service to the work of the cloud's services.
func TestTraced(t *testing.T) {
	s := start(t)
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	sent, _, err := hmac.Keys{key}.SignedUnpack(s.traced.Get(hmac.HeaderInfo), s.traced.Get(hmac.HeaderHMAC))
	if err != nil {
		t.Fatal(err)
	}
	traceID, _ := propagation.TraceID(sent.BaseID)
	if status, body := s.get(t, s.traced); status != http.StatusOK || body != answer {
		t.Errorf("%d %s", status, body)
	}
	log := s.until(t, "images listed")
	for _, word := range []string{"trace_id=" + traceID.String(), "span_id=", "request_id=req-", "images=3"} {
		if !strings.Contains(log, word) {
			t.Errorf("no %s in %s", word, log)
		}
	}
	picture := s.end(t)
	if !strings.HasPrefix(picture, "Trace "+traceID.String()+" ") {
		t.Errorf("no trace %s in\n%s", traceID, picture)
	}
	// Each service stands below the one that called it.
	for _, line := range []string{
		"\nGET /v1/images ",
		"\n├─ GET /v3/auth/tokens ", "\n│ └─ WSGI_GET_/v3/auth/tokens ",
		"\n└─ GET /v2/images ", "\n  └─ WSGI_GET_/v2/images ",
	} {
		i := strings.Index(picture, line)
		if i < 0 {
			t.Fatalf("no %q, or not there, in\n%s", line, picture)
		}
		picture = picture[i:]
	}
}

// Signed means sampled, and only that: a request without a signature is
// answered, and not traced.
func TestNotTraced(t *testing.T) {
	s := start(t)
	wrong, err := hmac.NewKey("WRONG_KEY")
	if err != nil {
		t.Fatal(err)
	}
	forged := s.traced.Clone()
	forged.Set(hmac.HeaderHMAC, second(wrong.SignedPack(hmac.TraceInfo{BaseID: "b74f3410-5463-852d-9c43-4723dde138d8"})))
	unsigned := http.Header{"X-Auth-Token": s.traced["X-Auth-Token"], "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	for name, header := range map[string]http.Header{"a wrong key": forged, "no key": unsigned} {
		if status, body := s.get(t, header); status != http.StatusOK || body != answer {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if log := s.until(t, "images listed"); !strings.Contains(log, "request_id=req-") {
			t.Errorf("%s: the log says %s", name, log)
		}
	}
	for name, header := range map[string]http.Header{"no token": {}, "a wrong token": {"X-Auth-Token": {"wrong"}}} {
		if status, body := s.get(t, header); status != http.StatusUnauthorized || !strings.Contains(body, "X-Auth-Token") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if rest := s.end(t); strings.Contains(rest, "Trace ") {
		t.Errorf("traced nevertheless:\n%s", rest)
	}
}

// A request that is being served when the service is told to end is answered.
func TestShutdown(t *testing.T) {
	s := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /v1/images HTTP/1.1\r\nHost: service\r\nX-Auth-Token: %s\r\n\r\n", s.traced.Get("X-Auth-Token"))
	s.until(t, "images listed") // it is about to answer
	s.stop()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	s.end(t)
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
		t.Error("it still listens")
	}
}

// The keys come from OSProfiler's own variables, and a mistake in them is an
// error at start-up that does not show them.
func TestBadEnvironment(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "http://127.0.0.1:1/v3")
	t.Setenv("OS_PROFILER__ENABLED", "true")
	t.Setenv("OS_PROFILER__HMAC_KEYS", "SECRET\xff")
	err := run(t.Context(), "127.0.0.1:0", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "OS_PROFILER__HMAC_KEYS") || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
	t.Setenv("OS_PROFILER__HMAC_KEYS", "SECRET")
	t.Setenv("OSTRACE_HMAC_DIGESTS", "sha-256")
	err = run(t.Context(), "127.0.0.1:0", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "OSTRACE_HMAC_DIGESTS") || !strings.Contains(err.Error(), "sha1 or sha256") {
		t.Error(err)
	}
}

func second(_, mac string) string { return mac }
