// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// opens returns the Opens of a proxy that opens these servers.
func opens(urls ...string) func(*url.URL) bool {
	return func(u *url.URL) bool { return slices.Contains(urls, u.Scheme+"://"+u.Host) }
}

// start starts a proxy. It trusts the test servers, unless the configuration has its
// own TLS.
func start(t *testing.T, config Config, servers ...*httptest.Server) *Proxy {
	t.Helper()
	if config.Opens == nil {
		var urls []string
		for _, server := range servers {
			urls = append(urls, server.URL)
		}
		config.Opens = opens(urls...)
	}
	if config.TLS == nil {
		config.TLS = &tls.Config{RootCAs: certificates(servers...)}
	}
	if config.RoundTripper == nil {
		config.RoundTripper = func(base http.RoundTripper) http.RoundTripper { return base }
	}
	p, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(0) })
	return p
}

func certificates(servers ...*httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, server := range servers {
		if certificate := server.Certificate(); certificate != nil {
			pool.AddCert(certificate)
		}
	}
	return pool
}

// through returns a transport that goes through the proxy and trusts it.
func through(t *testing.T, p *Proxy) *http.Transport {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CertificatePEM())
	transport := &http.Transport{
		Proxy:              http.ProxyURL(p.URL()),
		TLSClientConfig:    &tls.Config{RootCAs: pool},
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func get(t *testing.T, transport http.RoundTripper, rawURL string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rawURL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// newTLSServer starts a server that speaks HTTP/1.1, and HTTP/2 too if it is told so.
func newTLSServer(t *testing.T, http2 bool, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = http2
	server.Config.ErrorLog = silent
	server.Config.DisableGeneralOptionsHandler = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// dial connects to a host through the proxy, and returns the answer to CONNECT.
func dial(t *testing.T, p *Proxy, address string) (net.Conn, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", p.URL().Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := p.URL().User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
		request.Header.Set("Proxy-Authorization", request.Header.Get("Authorization"))
		request.Header.Del("Authorization")
	}
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, request)
	if err != nil {
		t.Fatal(err)
	}
	return withBuffered(conn, in), response
}

// dialTLS is dial with a TLS handshake.
func dialTLS(t *testing.T, p *Proxy, server *httptest.Server) *tls.Conn {
	t.Helper()
	conn, response := dial(t, p, server.Listener.Addr().String())
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CertificatePEM())
	secure := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return secure
}

// The program speaks the version of HTTP with the server that it would speak
// without the proxy.
func TestVersions(t *testing.T) {
	for _, test := range []struct {
		name             string
		client2, server2 bool
		want             string
	}{
		{"both HTTP/2", true, true, "HTTP/2.0"},
		{"the program only HTTP/1.1", false, true, "HTTP/1.1"},
		{"the server only HTTP/1.1", true, false, "HTTP/1.1"},
		{"both HTTP/1.1", false, false, "HTTP/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := newTLSServer(t, test.server2, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
			p := start(t, Config{}, server)
			for range 2 { // the second time the proxy knows what the program speaks
				transport := through(t, p)
				transport.ForceAttemptHTTP2 = test.client2
				if !test.client2 {
					transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
				}
				response, seen := get(t, transport, server.URL)
				if seen != test.want || response.Proto != test.want {
					t.Errorf("the server saw %s and the program %s, want %s", seen, response.Proto, test.want)
				}
			}
		})
	}
}

// A program that speaks HTTP/2 can use it even after a program that does not.
func TestVersionsOfTwoPrograms(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	p := start(t, Config{}, server)
	for i, want := range []string{"HTTP/1.1", "HTTP/1.1", "HTTP/2.0", "HTTP/1.1", "HTTP/2.0"} {
		transport := through(t, p)
		if want == "HTTP/1.1" {
			transport.ForceAttemptHTTP2 = false
			transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		}
		if _, seen := get(t, transport, server.URL); seen != want {
			t.Errorf("%d: the server saw %s, want %s", i, seen, want)
		}
	}
}

func TestPassword(t *testing.T) {
	server := newTLSServer(t, false, func(http.ResponseWriter, *http.Request) { t.Error("the request came through") })
	p := start(t, Config{}, server)
	for name, user := range map[string]*url.Userinfo{
		"none":           nil,
		"wrong":          url.UserPassword("ostrace", "wrong"),
		"empty":          url.UserPassword("ostrace", ""),
		"another's name": url.UserPassword("root", p.password),
	} {
		t.Run(name, func(t *testing.T) {
			address := p.URL()
			address.User = user
			for _, target := range []string{server.URL, "http://" + server.Listener.Addr().String()} {
				transport := through(t, p)
				transport.Proxy = http.ProxyURL(address)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := transport.RoundTrip(request)
				if strings.HasPrefix(target, "https") {
					if err == nil || !strings.Contains(err.Error(), "Proxy Authentication Required") {
						t.Errorf("got %v", err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				if response.StatusCode != http.StatusProxyAuthRequired || response.Header.Get("Proxy-Authenticate") != `Basic realm="ostrace"` {
					t.Errorf("got %s %v", response.Status, response.Header)
				}
			}
		})
	}
	if report := p.Close(time.Minute); report.Unauthorized == 0 || report.Requests > 0 || report.Passed > 0 {
		t.Errorf("got %+v", report)
	}
}

func TestNoForwardProxyRequest(t *testing.T) {
	p := start(t, Config{})
	for _, rawURL := range []string{"/", "https://cloud.example/", "ftp://cloud.example/"} {
		conn, err := net.Dial("tcp", p.URL().Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := &http.Request{Header: http.Header{}}
		password, _ := p.URL().User.Password()
		r.SetBasicAuth("ostrace", password)
		_, _ = io.WriteString(conn, "GET "+rawURL+" HTTP/1.1\r\nHost: cloud.example\r\nProxy-Authorization: "+r.Header.Get("Authorization")+"\r\n\r\n")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", rawURL, response.Status)
		}
	}
}

// The program and other hosts see each other directly, and the round tripper does
// not get their requests.
func TestOtherHosts(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "its own") })
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") }))
	defer plain.Close()
	p := start(t, Config{Opens: opens(), RoundTripper: func(http.RoundTripper) http.RoundTripper {
		return roundTripperFunc(func(*http.Request) (*http.Response, error) {
			t.Error("the round tripper was asked")
			return nil, io.ErrUnexpectedEOF
		})
	}})
	transport := through(t, p)
	transport.TLSClientConfig = &tls.Config{RootCAs: certificates(server)}
	response, body := get(t, transport, server.URL)
	if body != "its own" || !response.TLS.PeerCertificates[0].Equal(server.Certificate()) {
		t.Errorf("got %q with the certificate of %s", body, response.TLS.PeerCertificates[0].Subject)
	}
	if _, body := get(t, transport, plain.URL); body != "plain" {
		t.Errorf("got %q", body)
	}
	transport.CloseIdleConnections()
	if report := p.Close(time.Minute); report.Passed != 2 || report.Requests != 0 {
		t.Errorf("got %+v", report)
	}
}

// Close ends the connections on both sides, even those that do not end by
// themselves.
func TestClose(t *testing.T) {
	arrived, ended := make(chan struct{}, 2), make(chan struct{}, 2)
	handler := func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
		ended <- struct{}{}
	}
	opened, other := newTLSServer(t, true, handler), newTLSServer(t, false, handler)
	p := start(t, Config{}, opened)
	pool := certificates(other)
	pool.AppendCertsFromPEM(p.CertificatePEM())
	failed := make(chan error, 2)
	for _, server := range []*httptest.Server{opened, other} {
		transport := through(t, p)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
		go func() {
			request, _ := http.NewRequest(http.MethodGet, server.URL, http.NoBody)
			response, err := transport.RoundTrip(request)
			if err == nil {
				_ = response.Body.Close()
			}
			failed <- err
		}()
		<-arrived
	}
	p.Close(0)
	for range 2 {
		<-ended
		if err := <-failed; err == nil {
			t.Error("a request had an answer")
		}
	}
	if _, err := net.Dial("tcp", p.URL().Host); err == nil {
		t.Error("the proxy still listens")
	}
	p.Close(0) // once more
}

func TestConcurrent(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})
	p := start(t, Config{}, server)
	done := make(chan error)
	const programs, requests = 8, 25
	for i := range programs {
		transport := through(t, p)
		if i%2 == 0 {
			transport.ForceAttemptHTTP2 = false
			transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		}
		go func() {
			for range requests {
				text := strings.Repeat("x", 10_000)
				response, err := (&http.Client{Transport: transport}).Post(server.URL, "text/plain", strings.NewReader(text))
				if err == nil {
					var body []byte
					body, err = io.ReadAll(response.Body)
					_ = response.Body.Close()
					if err == nil && string(body) != text {
						err = io.ErrShortBuffer
					}
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range programs {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if report := p.Close(time.Minute); report.Requests != programs*requests {
		t.Errorf("%d requests", report.Requests)
	}
}
