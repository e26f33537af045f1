// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestUnreachable(t *testing.T) {
	gone := httptest.NewTLSServer(nil)
	gone.Close()
	address := gone.Listener.Addr().String()
	for name, open := range map[string]func(*url.URL) bool{
		"the cloud":    opens("https://" + address),
		"plain HTTP":   opens("http://" + address),
		"another host": opens(),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, Config{Opens: open})
			conn, response := dial(t, p, address)
			if response.StatusCode != http.StatusBadGateway || !strings.Contains(response.Status, "refused") {
				t.Errorf("got %q", response.Status)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Error(err)
			}
			report := p.Close(time.Minute)
			if len(report.Unreachable) != 1 || report.Unreachable[0].Host != address {
				t.Errorf("got %+v", report)
			}
		})
	}
}

func TestNoHostAndPort(t *testing.T) {
	for _, address := range []string{"cloud.example", ":443", "cloud.example:"} {
		_, response := dial(t, start(t, Config{Opens: func(*url.URL) bool { return true }}), address)
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: got %s", address, response.Status)
		}
	}
}

// The program gets a certificate that does not verify, and decides as it does
// without the proxy.
func TestUnverified(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "its own") })
	p := start(t, Config{TLS: &tls.Config{RootCAs: x509.NewCertPool()}}, server)
	strict := through(t, p)
	response, err := strict.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody))
	if err == nil {
		_ = response.Body.Close()
		t.Fatal("the program accepted the certificate")
	}
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || !unknown.Cert.Equal(server.Certificate()) {
		t.Errorf("got %v", err)
	}
	lax := through(t, p)
	lax.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	response, body := get(t, lax, server.URL)
	if body != "its own" || !response.TLS.PeerCertificates[0].Equal(server.Certificate()) {
		t.Errorf("got %q with the certificate of %s", body, response.TLS.PeerCertificates[0].Subject)
	}
	strict.CloseIdleConnections()
	lax.CloseIdleConnections()
	report := p.Close(time.Minute)
	if len(report.Unopened) != 1 || report.Unopened[0].Count != 2 || report.Requests != 0 {
		t.Errorf("got %+v", report)
	}
}

func TestInsecure(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "opened") })
	p := start(t, Config{TLS: &tls.Config{InsecureSkipVerify: true}}, server)
	if _, body := get(t, through(t, p), server.URL); body != "opened" {
		t.Errorf("got %q", body)
	}
}

// A server that asks for a client certificate gets it.
func TestClientCertificate(t *testing.T) {
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := ca.forHost("client.example")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].DNSNames[0])
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = silent
	server.StartTLS()
	defer server.Close()
	t.Run("of the program", func(t *testing.T) {
		p := start(t, Config{}, server)
		transport := through(t, p)
		transport.TLSClientConfig = &tls.Config{RootCAs: certificates(server), Certificates: []tls.Certificate{*mine}}
		if _, body := get(t, transport, server.URL); body != "client.example" {
			t.Errorf("got %q", body)
		}
		transport.CloseIdleConnections()
		report := p.Close(time.Minute)
		if len(report.Unopened) != 1 || !errors.Is(report.Unopened[0].Err, errWantsCertificate) {
			t.Errorf("got %+v", report)
		}
	})
	t.Run("of the configuration", func(t *testing.T) {
		p := start(t, Config{TLS: &tls.Config{RootCAs: certificates(server), Certificates: []tls.Certificate{*mine}}}, server)
		if _, body := get(t, through(t, p), server.URL); body != "client.example" {
			t.Errorf("got %q", body)
		}
	})
}

// The report names a server for which the program did not accept the proxy's
// certificate.
func TestDistrusted(t *testing.T) {
	server := newTLSServer(t, true, func(http.ResponseWriter, *http.Request) { t.Error("the request came through") })
	p := start(t, Config{}, server)
	transport := through(t, p)
	transport.TLSClientConfig = &tls.Config{RootCAs: certificates(server)}
	if response, err := transport.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)); err == nil {
		_ = response.Body.Close()
		t.Error("the program accepted the certificate")
	}
	report := p.Close(time.Minute)
	if len(report.Distrusted) != 1 || report.Distrusted[0].Host != server.Listener.Addr().String() || !strings.Contains(report.Distrusted[0].Err.Error(), "bad certificate") {
		t.Errorf("got %+v", report)
	}
}

// A program can ask for another name than that of the host to which it connects. It
// gets the server's answer for that name, if the certificate verifies.
func TestAnotherName(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.TLS.ServerName) })
	p := start(t, Config{}, server)
	for name, valid := range map[string]bool{"example.com": true, "another.invalid": false} { // httptest's certificate is for the first name
		transport := through(t, p)
		transport.TLSClientConfig.ServerName = name
		response, err := transport.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody))
		if (err == nil) != valid {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if string(body) != name {
			t.Errorf("the server was asked for %q", body)
		}
	}
}

// userProxy is the proxy that the program has been using.
func userProxy(t *testing.T, useTLS bool, refuse int) (address string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		if refuse != 0 {
			w.WriteHeader(refuse)
			return
		}
		if r.Method != http.MethodConnect {
			_, _ = io.WriteString(w, "by the user's proxy")
			return
		}
		server, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		tunnel(withBuffered(conn, buffered.Reader), server)
	})
	server := httptest.NewUnstartedServer(handler)
	if useTLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), asked
}

// The proxy connects to servers as the program would have.
func TestVia(t *testing.T) {
	server := newTLSServer(t, true, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	address, asked := userProxy(t, false, 0)
	via := &url.URL{Scheme: "http", User: url.UserPassword("user", "secret"), Host: address}
	for name, open := range map[string]func(*url.URL) bool{"opened": nil, "tunnelled": opens()} {
		t.Run(name, func(t *testing.T) {
			*asked = nil
			p := start(t, Config{Via: func(*url.URL) (*url.URL, error) { return via, nil }, Opens: open}, server)
			transport := through(t, p)
			transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
			if _, body := get(t, transport, server.URL); body != "HTTP/2.0" {
				t.Errorf("got %q", body)
			}
			want := "CONNECT " + server.Listener.Addr().String() + " Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
			if len(*asked) != 1 || (*asked)[0] != want {
				t.Errorf("the user's proxy was asked for %q", *asked)
			}
		})
	}
	t.Run("plain HTTP", func(t *testing.T) {
		p := start(t, Config{Via: func(*url.URL) (*url.URL, error) { return via, nil }, Opens: opens()})
		if _, body := get(t, through(t, p), "http://cloud.invalid/"); body != "by the user's proxy" {
			t.Errorf("got %q", body)
		}
	})
}

func TestViaThatRefuses(t *testing.T) {
	for code, want := range map[int]int{http.StatusForbidden: http.StatusForbidden, http.StatusProxyAuthRequired: http.StatusBadGateway} {
		address, _ := userProxy(t, false, code)
		p := start(t, Config{Opens: opens(), Via: func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: address}, nil }})
		_, response := dial(t, p, "cloud.invalid:443")
		if response.StatusCode != want || response.Header.Get("Proxy-Authenticate") != "" {
			t.Errorf("the user's proxy answers %d, and this one %s", code, response.Status)
		}
	}
}

func TestViaThatIsNone(t *testing.T) {
	for name, via := range map[string]*url.URL{
		"not trusted":     {Scheme: "https", Host: httptestTLS(t)},
		"unknown":         {Scheme: "gopher", Host: "127.0.0.1:1"},
		"gone":            {Scheme: "http", Host: "127.0.0.1:1"},
		"gone from SOCKS": {Scheme: "socks5", Host: "127.0.0.1:1"},
	} {
		p := start(t, Config{Opens: opens(), Via: func(*url.URL) (*url.URL, error) { return via, nil }})
		if _, response := dial(t, p, "cloud.invalid:443"); response.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: got %s", name, response.Status)
		}
	}
	p := start(t, Config{Opens: opens(), Via: func(*url.URL) (*url.URL, error) { return nil, errors.New("no such proxy") }})
	if _, response := dial(t, p, "cloud.invalid:443"); response.StatusCode != http.StatusBadGateway {
		t.Errorf("got %s", response.Status)
	}
}

func httptestTLS(t *testing.T) string {
	t.Helper()
	address, _ := userProxy(t, true, 0)
	return address
}

// socks is a SOCKS 5 server (RFC 1928) without a password.
func socks(t *testing.T) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			go func() {
				in := bufio.NewReader(conn)
				hello := make([]byte, 2)
				_, _ = io.ReadFull(in, hello)
				_, _ = io.CopyN(io.Discard, in, int64(hello[1]))
				_, _ = conn.Write([]byte{5, 0})
				request := make([]byte, 4+4+2) // IPv4
				_, _ = io.ReadFull(in, request)
				server, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: request[4:8], Port: int(request[8])<<8 | int(request[9])})
				if err != nil {
					_ = conn.Close()
					return
				}
				_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
				tunnel(withBuffered(conn, in), server)
			}()
		}
	}()
	return socket.Addr().String()
}

func TestViaSOCKS(t *testing.T) {
	server := newTLSServer(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "by SOCKS") })
	via := &url.URL{Scheme: "socks5", Host: socks(t)}
	p := start(t, Config{Via: func(*url.URL) (*url.URL, error) { return via, nil }}, server)
	if _, body := get(t, through(t, p), server.URL); body != "by SOCKS" {
		t.Errorf("got %q", body)
	}
}

// Each direction of a tunnel ends by itself.
func TestTunnelHalfClosed(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	go func() {
		conn, err := socket.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		all, _ := io.ReadAll(conn) // until the other side has ended
		_, _ = conn.Write(all)
	}()
	conn, _ := dial(t, start(t, Config{Opens: opens()}), socket.Addr().String())
	_, _ = io.WriteString(conn, "to be sent back")
	_ = closeWrite(conn)
	if all, err := io.ReadAll(conn); string(all) != "to be sent back" || err != nil {
		t.Errorf("got %q, %v", all, err)
	}
}

func TestCertificates(t *testing.T) {
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.pem())
	long := strings.Repeat("long.", 20) + "example"
	for _, host := range []string{"keystone.cloud.example", "192.0.2.1", "2001:db8::1", long} {
		issued, err := ca.forHost(host)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(issued.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := certificate.Verify(x509.VerifyOptions{DNSName: host, Roots: roots}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := certificate.Verify(x509.VerifyOptions{DNSName: "another.example", Roots: roots}); err == nil {
			t.Errorf("the certificate of %s is one of another host", host)
		}
		if again, _ := ca.forHost(host); again != issued {
			t.Errorf("%s has two certificates", host)
		}
	}
}
