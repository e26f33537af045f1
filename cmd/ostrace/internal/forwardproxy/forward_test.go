// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// answers are the answers of servers, byte for byte.
var answers = map[string]string{
	"with a length":                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\n\r\nhello",
	"neither type nor date":        "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>no type</",
	"chunked":                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n...\r\n0\r\n\r\n",
	"chunked and empty":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"with a length of nothing":     "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nLocation: /v3/x\r\n\r\n",
	"no content":                   "HTTP/1.1 204 No Content\r\nX-Openstack-Request-Id: req-1\r\n\r\n",
	"not modified":                 "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\n\r\n",
	"multiple choices":             "HTTP/1.1 300 Multiple Choices\r\nContent-Length: 2\r\n\r\n{}",
	"a reason of its own":          "HTTP/1.1 404 There Is No Such Server\r\nContent-Length: 0\r\n\r\n",
	"a status of its own":          "HTTP/1.1 498 Rate Limited\r\nContent-Length: 4\r\n\r\nslow",
	"a long reason":                "HTTP/1.1 500 " + strings.Repeat("so long ", 500) + "\r\nContent-Length: 4\r\n\r\nlong",
	"one header twice":             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: X-Auth-Token\r\nVary: Accept\r\n\r\n",
	"gzip that stays gzip":         "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
	"trailers":                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n",
	"until the connection ends":    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end",
	"early hints before the rest":  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	"a reason behind early hints":  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok",
	"less than the length and end": "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nthe rest is lost",
}

// rawServer answers each request with the same bytes, and hangs up.
func rawServer(t *testing.T, answer string, certificate *tls.Certificate) net.Listener {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if certificate != nil {
		socket = tls.NewListener(socket, &tls.Config{Certificates: []tls.Certificate{*certificate}})
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				if end := strings.LastIndex(answer, "\r\n\r\n"); request.Method == http.MethodHead {
					_, _ = io.WriteString(conn, answer[:end+4])
					return
				}
				_, _ = io.WriteString(conn, answer)
			}()
		}
	}()
	return socket
}

// seen holds the parts of an answer that a program sees.
type seen struct {
	Status       string
	Header       http.Header
	Trailer      http.Header
	Body         string
	Length       int64
	Encoding     []string
	Informations []string
	Broken       bool
}

func look(t *testing.T, transport http.RoundTripper, method, rawURL string) seen {
	t.Helper()
	var s seen
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		s.Informations = append(s.Informations, http.StatusText(code), header.Get("Link"))
		return nil
	}})
	request, err := http.NewRequestWithContext(ctx, method, rawURL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	s.Status, s.Header, s.Trailer, s.Body = response.Status, response.Header, response.Trailer, string(body)
	s.Length, s.Encoding, s.Broken = response.ContentLength, response.TransferEncoding, err != nil
	for _, name := range hopByHop {
		s.Header.Del(name)
	}
	return s
}

var hopByHop = []string{"Connection", "Keep-Alive", "Transfer-Encoding"}

// The program sees the same answers as without the proxy.
func TestSameAnswer(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			secure, plain := rawServer(t, answer, &certified.TLS.Certificates[0]), rawServer(t, answer, nil)
			urls := []string{"https://" + secure.Addr().String(), "http://" + plain.Addr().String()}
			p := start(t, Config{Opens: opens(urls...), TLS: &tls.Config{RootCAs: certificates(certified)}})
			direct := &http.Transport{DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: certificates(certified)}}
			for _, rawURL := range urls {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					if method == http.MethodHead && strings.Contains(answer, "chunked") {
						continue // the meaning of this is not defined in HTTP/1.1
					}
					want, got := look(t, direct, method, rawURL), look(t, through(t, p), method, rawURL)
					if strings.Contains(answer, "HTTP/1.0") { // a body that ends with its connection is sent in chunks
						want.Encoding, got.Encoding = nil, nil
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("%s %s:\ngot  %+v\nwant %+v", method, rawURL, got, want)
					}
				}
			}
		})
	}
}

// The server sees the request that the program sent, without signs of the proxy.
func TestSameRequest(t *testing.T) {
	type request struct {
		URI, Host, Body string
		Header          http.Header
		Trailer         http.Header
		Length          int64
		Encoding        []string
	}
	var last request
	handler := func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		last = request{r.RequestURI, r.Host, string(body), r.Header, r.Trailer, r.ContentLength, r.TransferEncoding}
	}
	secure := newTLSServer(t, false, handler)
	plain := httptest.NewServer(http.HandlerFunc(handler))
	defer plain.Close()
	p := start(t, Config{}, secure, plain)
	for name, text := range map[string]string{
		"a query that is not one":  "GET /v2.1/servers?a=1;b=2&c=%zz&d=+&? HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"slashes and escapes":      "GET //v1//AUTH_a/b%2Fc/d%20e;f HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"an empty query":           "GET /? HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"another host":             "GET / HTTP/1.1\r\nHost: another.example\r\n\r\n",
		"headers of other proxies": "GET / HTTP/1.1\r\nHost: HOST\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\nUser-Agent: test\r\nAccept-Encoding: br\r\n\r\n",
		"a length":                 "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhello",
		"chunks":                   "PUT / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"a length of nothing":      "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
		"trailers":                 "PUT / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n",
		"everything of the server": "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"an unknown method":        "REPORT /x HTTP/1.1\r\nHost: HOST\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(text, "HOST", secure.Listener.Addr().String())
			direct, err := tls.Dial("tcp", secure.Listener.Addr().String(), &tls.Config{RootCAs: certificates(secure)})
			if err != nil {
				t.Fatal(err)
			}
			defer direct.Close()
			var got [2]request
			for i, conn := range []net.Conn{direct, dialTLS(t, p, secure)} {
				last = request{}
				_, _ = io.WriteString(conn, text)
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				got[i] = last
			}
			if !reflect.DeepEqual(got[0], got[1]) || got[0].URI == "" {
				t.Errorf("without the proxy %+v\nwith it %+v", got[0], got[1])
			}
		})
	}
	t.Run("in plain HTTP", func(t *testing.T) {
		get(t, through(t, p), plain.URL+"/v3?x=1")
		if last.Header.Get("Proxy-Authorization") != "" || last.URI != "/v3?x=1" || last.Host != plain.Listener.Addr().String() {
			t.Errorf("got %+v", last)
		}
	})
}

// Bodies are streamed.
func TestStreaming(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		server := newTLSServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			flush := http.NewResponseController(w)
			_ = flush.EnableFullDuplex()
			w.WriteHeader(http.StatusOK)
			_ = flush.Flush()
			buffer := make([]byte, 100)
			for {
				n, err := r.Body.Read(buffer)
				_, _ = w.Write(buffer[:n])
				_ = flush.Flush()
				if err != nil {
					return
				}
			}
		})
		p := start(t, Config{}, server)
		body, in := io.Pipe()
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
		response, err := through(t, p).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"one", "two", "three"} { // each waits for the one before
			_, _ = io.WriteString(in, text)
			buffer := make([]byte, len(text))
			if _, err := io.ReadFull(response.Body, buffer); err != nil || string(buffer) != text {
				t.Fatalf("HTTP/2 %t: got %q, %v", http2, buffer, err)
			}
		}
		_ = in.Close()
		if rest, err := io.ReadAll(response.Body); len(rest) > 0 || err != nil {
			t.Errorf("HTTP/2 %t: then got %q, %v", http2, rest, err)
		}
		_ = response.Body.Close()
	}
}

// The memory does not grow with the size of the bodies.
func TestLargeBodies(t *testing.T) {
	const size = 24 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, http2 := range []bool{false, true} {
		server := newTLSServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			if n != size {
				t.Errorf("the server got %d bytes", n)
			}
			_, _ = io.CopyN(w, zeros{}, size)
		})
		p := start(t, Config{}, server)
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL, io.LimitReader(zeros{}, size))
		request.ContentLength = size
		response, err := through(t, p).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if n != size || err != nil {
			t.Errorf("the program got %d bytes, %v", n, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.Sys - before.Sys; grown > size {
		t.Errorf("%d bytes of memory for bodies of %d bytes each", grown, size)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// The proxy asks for the body of a request with Expect: 100-continue only if the
// server asks for it.
func TestExpectContinue(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		server := newTLSServer(t, false, func(w http.ResponseWriter, r *http.Request) {
			if !wanted {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(body)
		})
		conn := dialTLS(t, start(t, Config{}, server), server)
		_, _ = io.WriteString(conn, "PUT /v2/images HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		in := bufio.NewReader(conn)
		first, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = first.Body.Close()
		if !wanted {
			if first.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("got %s", first.Status)
			}
			continue
		}
		if first.StatusCode != http.StatusContinue {
			t.Fatalf("got %s", first.Status)
		}
		_, _ = io.WriteString(conn, "hello")
		second, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(second.Body)
		_ = second.Body.Close()
		if second.StatusCode != http.StatusOK || string(body) != "hello" {
			t.Errorf("got %s %q", second.Status, body)
		}
	}
}

// A connection can be upgraded, such as to the websocket of a serial console.
func TestUpgrade(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Connection") != "Upgrade" {
			t.Errorf("got %v", r.Header)
		}
		conn, in, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Accept: x\r\n\r\n")
		_, _ = io.Copy(conn, in)
	}
	secure := newTLSServer(t, true, handler)
	plain := httptest.NewServer(http.HandlerFunc(handler))
	defer plain.Close()
	p := start(t, Config{}, secure, plain)
	tunnelled, _ := dial(t, p, plain.Listener.Addr().String())
	for name, conn := range map[string]net.Conn{"TLS": dialTLS(t, p, secure), "plain HTTP by CONNECT": tunnelled} {
		_, _ = io.WriteString(conn, "GET /console HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-Websocket-Accept") != "x" {
			t.Errorf("%s: got %s %v", name, response.Status, response.Header)
		}
		for _, text := range []string{"echo", "once more"} {
			_, _ = io.WriteString(conn, text)
			buffer := make([]byte, len(text))
			if _, err := io.ReadFull(in, buffer); err != nil || string(buffer) != text {
				t.Errorf("%s: got %q, %v", name, buffer, err)
			}
		}
		_ = conn.Close()
	}
}

// A program that closes early ends the request at the server.
func TestEarlyClose(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		ended := make(chan struct{})
		server := newTLSServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(ended)
		})
		response, err := through(t, start(t, Config{}, server)).RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		<-ended
	}
}

// If a server hangs up instead of answering, the program's connection ends too. The
// program must not take an answer from the proxy for the server's.
func TestNoAnswer(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	for name, server := range map[string]*httptest.Server{"HTTP/1.1": newTLSServer(t, false, hangUp), "HTTP/2": newTLSServer(t, true, hangUp)} {
		p := start(t, Config{}, server)
		response, err := through(t, p).RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody))
		if err == nil {
			_ = response.Body.Close()
			t.Errorf("%s: got %s", name, response.Status)
		}
		if report := p.Close(0); len(report.Unreachable) != 1 || report.Unreachable[0].Host != server.Listener.Addr().String() {
			t.Errorf("%s: got %+v", name, report)
		}
	}
}

// The proxy does not send its own answer in plain HTTP either.
func TestNoAnswerInPlainHTTP(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, cloud := range []bool{true, false} {
		p := start(t, Config{Opens: func(*url.URL) bool { return cloud }})
		response, err := through(t, p).RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, gone.URL, http.NoBody))
		if err == nil {
			_ = response.Body.Close()
			t.Errorf("got %s", response.Status)
		}
	}
}

// Each connection of the program has its own connection to the server, because some
// servers recognize a connection.
func TestOneConnection(t *testing.T) {
	server := newTLSServer(t, false, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	p := start(t, Config{}, server)
	transport := through(t, p)
	_, first := get(t, transport, server.URL)
	_, second := get(t, transport, server.URL)
	_, other := get(t, through(t, p), server.URL)
	if first != second || first == other {
		t.Errorf("the server saw %s, %s and %s", first, second, other)
	}
}

func TestReason(t *testing.T) {
	var out bytes.Buffer
	c := &clientConn{Conn: writtenTo{out: &out}}
	c.setReason("200 OK", http.StatusOK)
	for _, text := range []string{"HTTP/1.1 200 OK\r\n\r\n", "no status line", "HTTP/1.1"} {
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("wrote %d of %q, %v", n, text, err)
		}
	}
	c.setReason("200 Fine", http.StatusOK)
	for _, text := range []string{"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"} {
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("wrote %d of %q, %v", n, text, err)
		}
	}
	want := "HTTP/1.1 200 OK\r\n\r\nno status lineHTTP/1.1HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// writtenTo is a connection that can be written to.
type writtenTo struct {
	net.Conn
	out io.Writer
}

func (w writtenTo) Write(b []byte) (int, error) { return w.out.Write(b) }
