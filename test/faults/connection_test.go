// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// First, do no harm, on real sockets, also with TLS: connections fail in the
// same way as without the library.
func TestConnections(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	closed := listen(t, func(net.Conn) {})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	trusting := func() *tls.Config {
		return secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	}
	expired := trusting()
	expired.Time = func() time.Time { return time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC) }
	otherName := trusting()
	otherName.ServerName = "cloud.example.evil.com"
	plain := listen(t, func(conn net.Conn) { readRequest(conn); _, _ = io.WriteString(conn, ok) })
	port := func(address net.Addr) string { return strings.TrimPrefix(address.String(), "127.0.0.1") }
	for name, test := range map[string]struct {
		url    string
		config *tls.Config
		serve  func(net.Conn)
		want   string // the result in the span
	}{
		"nobody listens": {url: "http://" + closed.Addr().String(), want: "0 Error *net.OpError"},
		"the cloud's certificate is signed by nobody known":    {url: secure.URL, want: "0 Error *tls.CertificateVerificationError"},
		"the cloud's certificate has expired":                  {url: secure.URL, config: expired, want: "0 Error *tls.CertificateVerificationError"},
		"the cloud's certificate is another's":                 {url: secure.URL, config: otherName, want: "0 Error *tls.CertificateVerificationError"},
		"the cloud speaks no TLS where the program expects it": {url: "https://127.0.0.1" + port(plain.Addr()), want: "0 Error crypto/tls.RecordHeaderError"},
		"the connection is reset before the header": {serve: func(conn net.Conn) {
			readRequest(conn)
			reset(conn)
		}, want: "0 Error *net.OpError"},
		"the connection is reset in the body": {serve: func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
			readRequest(conn) // the second request, which shows that the client has the header
			reset(conn)
		}, want: "200 Error *net.OpError"},
	} {
		for program := range programs {
			t.Run(name+"/"+program, func(t *testing.T) {
				goroutines := runtime.NumGoroutine()
				url := test.url
				var conns chan net.Conn
				closeListener := func() error { return nil }
				if test.serve != nil {
					listener := listen(t, test.serve)
					closeListener = listener.Close
					url = "http://" + listener.Addr().String()
				}
				r := request{method: http.MethodGet, url: url}
				base := func() http.RoundTripper {
					return &http.Transport{TLSClientConfig: test.config, DisableKeepAlives: true}
				}
				if strings.HasSuffix(name, "in the body") {
					conns = make(chan net.Conn, 1)
					base = func() http.RoundTripper {
						dialer := &net.Dialer{}
						return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
							conn, err := dialer.DialContext(ctx, network, address)
							if err == nil {
								conns <- conn
							}
							return conn, err
						}}
					}
					r.read = func() { _, _ = io.WriteString(<-conns, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
				}
				compare(t, program, newNetwork(nil), base, &r, background, []string{test.want})
				if err := closeListener(); err != nil {
					t.Error(err)
				}
				settle(t, goroutines)
			})
		}
	}
}

// First, do no harm: net/http itself sends a request again that was lost on a
// kept connection, with its body, and it does not send a request again that may
// have been served.
func TestKeptConnectionIsLost(t *testing.T) {
	for name, test := range map[string]struct {
		method, body string
		header       http.Header
		arrive       int64
		want         []string
	}{
		"a kept connection is lost under a GET":                          {http.MethodGet, "", nil, 3, []string{"200 Unset", "200 Unset"}},
		"a kept connection is lost under a POST with an Idempotency-Key": {http.MethodPost, "a body", http.Header{"Idempotency-Key": {"1"}}, 3, []string{"200 Unset", "200 Unset"}},
		"a kept connection is lost under a POST":                         {http.MethodPost, "a body", nil, 2, []string{"200 Unset", "0 Error *errors.errorString"}},
	} {
		for program := range programs {
			t.Run(name+"/"+program, func(t *testing.T) {
				goroutines := runtime.NumGoroutine()
				attempt := func(l *library) (string, int64) {
					var arrived atomic.Int64
					listener := listen(t, func(conn net.Conn) {
						from := bufio.NewReader(conn)
						for first := true; ; first = false {
							r, err := http.ReadRequest(from)
							if err != nil {
								return
							}
							if body, err := io.ReadAll(r.Body); err != nil || string(body) != test.body {
								t.Errorf("body %q, %v", body, err)
							}
							if arrived.Add(1); !first {
								return
							}
							_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
						}
					})
					defer listener.Close()
					base := &http.Transport{}
					defer base.CloseIdleConnections()
					r := request{method: test.method, url: "http://" + listener.Addr().String(), body: test.body, header: test.header}
					var seen strings.Builder
					for range 2 {
						o := programs[program](t.Context(), base, l, r)
						seen.WriteString(strings.ReplaceAll(o.Err+o.Response, listener.Addr().String(), ""))
					}
					return seen.String(), arrived.Load()
				}
				library := newLibrary(t)
				without, arrivedWithout := attempt(nil)
				with, arrivedWith := attempt(library)
				if with != without || arrivedWith != arrivedWithout || arrivedWith != test.arrive {
					t.Errorf("without, %d arrived:\n%s\nwith, %d arrived:\n%s", arrivedWithout, without, arrivedWith, with)
				}
				if got := library.ended(t); strings.Join(got, ", ") != strings.Join(test.want, ", ") {
					t.Errorf("the spans say %q, want %q", got, test.want)
				}
				settle(t, goroutines)
			})
		}
	}
}

// listen serves connections to a port of 127.0.0.1 until the listener is closed.
func listen(t *testing.T, serve func(net.Conn)) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(limit))
				serve(conn)
			}()
		}
	}()
	return listener
}

func readRequest(conn net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// reset ends the connection with a reset.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// settle waits until there are no more goroutines than there were.
func settle(t *testing.T, goroutines int) {
	t.Helper()
	deadline := time.After(limit)
	for tick := time.Tick(time.Millisecond); runtime.NumGoroutine() > goroutines; {
		select {
		case <-tick:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", goroutines, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}
