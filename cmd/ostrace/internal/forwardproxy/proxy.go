// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Config says what a [Proxy] does.
type Config struct {
	// Opens reports whether RoundTripper sends the requests to the scheme, host
	// and port of a URL. If so, TLS to that host is opened. It is called for each
	// connection, and for each request in plain HTTP.
	Opens func(*url.URL) bool
	// RoundTripper returns the round tripper for those requests. It has to send
	// them to the server through base. base belongs to the proxy, and accepts a
	// request only if its context is that of the request that came in, or is
	// derived from it.
	RoundTripper func(base http.RoundTripper) http.RoundTripper
	// TLS configures the connections to the servers whose TLS is opened: the
	// roots, the client certificates, and whether certificates are verified. Nil
	// means the zero configuration.
	TLS *tls.Config
	// Via returns the proxy that the program itself would have used for a URL,
	// or nil for none, as http.Transport's Proxy does. If Via is nil, no proxy
	// is used.
	Via func(*url.URL) (*url.URL, error)
}

// Proxy is a forward proxy that is running, until Close.
type Proxy struct {
	config    Config
	authority *authority
	password  string
	address   net.Addr

	outer, inner *http.Server // for requests to the proxy itself, and for connections that it opened
	opened       *listener
	forward      *httputil.ReverseProxy // to servers whose requests are for the round tripper
	pass         *httputil.ReverseProxy // to all others, in plain HTTP
	plain        *http.Transport
	versions     versions
	log          journal

	ctx    context.Context // ends when the proxy is closed
	cancel context.CancelFunc
	busy   sync.WaitGroup // handlers and servers

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool // the ones that no http.Server knows
}

// Start starts a proxy on a free port of 127.0.0.1. It returns an error if it can't
// listen there, or can't make the certificate authority.
func Start(config Config) (*Proxy, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // never fails
	p := &Proxy{
		config:    config,
		authority: ca,
		password:  base64.RawURLEncoding.EncodeToString(secret),
		address:   socket.Addr(),
		opened:    newListener(socket.Addr()),
		conns:     map[net.Conn]bool{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.plain = newTransport()
	p.plain.Proxy = func(r *http.Request) (*url.URL, error) {
		if config.Via == nil {
			return nil, nil
		}
		return config.Via(r.URL)
	}
	p.forward = p.newForwarder(config.RoundTripper(roundTripperFunc(p.send)))
	p.pass = p.newForwarder(p.plain)
	p.outer = p.newServer(http.HandlerFunc(p.serve))
	p.inner = p.newServer(http.HandlerFunc(p.serveOpened))
	p.inner.ConnState = func(conn net.Conn, state http.ConnState) {
		if c := clientConnOf(conn); c != nil && (state == http.StateClosed || state == http.StateHijacked) {
			c.upstream.close()
		}
	}
	p.busy.Go(func() { _ = p.outer.Serve(clientListener{socket}) })
	p.busy.Go(func() { _ = p.inner.Serve(p.opened) })
	return p, nil
}

// silent drops messages about single requests, because the journal has them.
var silent = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

func (p *Proxy) newServer(handler http.Handler) *http.Server {
	return &http.Server{ //nolint:gosec // only a program on this machine with the password uses it
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !p.begin() {
				panic(http.ErrAbortHandler)
			}
			defer p.busy.Done()
			handler.ServeHTTP(w, r)
		}),
		BaseContext: func(net.Listener) context.Context { return p.ctx }, // so that Close ends every request
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, clientConnKey{}, clientConnOf(conn))
		},
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     silent,
	}
}

// clientConnOf returns the clientConn below a connection, or the connection itself.
func clientConnOf(conn net.Conn) *clientConn {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	c, _ := conn.(*clientConn)
	return c
}

// begin is called before a request is handled. It returns false if the proxy is
// closed.
func (p *Proxy) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.busy.Add(1)
	}
	return !p.closed
}

// URL returns the proxy's URL. It contains the password, which is secret.
func (p *Proxy) URL() *url.URL {
	return &url.URL{Scheme: "http", User: url.UserPassword("ostrace", p.password), Host: p.address.String()}
}

// CertificatePEM returns the certificate of the proxy's authority, which the
// program has to trust.
func (p *Proxy) CertificatePEM() []byte { return p.authority.pem() }

// Close ends the proxy and all its connections, and returns the report. Requests
// that have begun can end by themselves within patience. Then Close ends them, and
// waits until they have ended.
func (p *Proxy) Close(patience time.Duration) Report {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	p.mu.Unlock()
	if first {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ended := make(chan struct{})
		go func() {
			var servers sync.WaitGroup
			for _, server := range []*http.Server{p.outer, p.inner} {
				servers.Go(func() { _ = server.Shutdown(ctx) })
			}
			servers.Wait()
			p.busy.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-ctx.Done():
		}
		p.cancel()
		_, _ = p.outer.Close(), p.inner.Close()
		p.mu.Lock()
		for conn := range p.conns {
			_ = conn.Close()
		}
		p.mu.Unlock()
		<-ended
		p.plain.CloseIdleConnections()
	}
	return p.log.report()
}

// hold keeps a connection that no http.Server knows, so that Close closes it.
// release forgets it.
func (p *Proxy) hold(conn net.Conn) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed && p.ctx.Err() != nil {
		_ = conn.Close()
	}
	p.conns[conn] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, conn)
	}
}

// authorized reports whether a request carries the proxy's password.
func (p *Proxy) authorized(r *http.Request) bool {
	for _, value := range r.Header["Proxy-Authorization"] {
		scheme, encoded, _ := strings.Cut(value, " ")
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || !strings.EqualFold(scheme, "Basic") {
			continue
		}
		if subtle.ConstantTimeCompare(decoded, []byte("ostrace:"+p.password)) == 1 {
			return true
		}
	}
	return false
}

// serve handles a request to the proxy itself.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if !p.authorized(r) {
		p.log.unauthorized.Add(1)
		w.Header().Set("Proxy-Authenticate", `Basic realm="ostrace"`)
		http.Error(w, "This proxy serves only one command, which has its password.", http.StatusProxyAuthRequired)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Scheme != "http" || r.URL.Host == "":
		http.Error(w, "This is a forward proxy. It accepts CONNECT, and URLs that begin with http://.", http.StatusBadRequest)
	case p.config.Opens(r.URL):
		p.log.requests.Add(1)
		p.forward.ServeHTTP(exact(w, r), r)
	default:
		p.log.passed.Add(1)
		p.pass.ServeHTTP(exact(w, r), r)
	}
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
