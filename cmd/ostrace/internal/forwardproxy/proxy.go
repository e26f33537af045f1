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
	// Opens reports whether requests to the scheme, host and port of a URL are
	// for RoundTripper, and so whether TLS to that host is opened. It is asked
	// for each connection, and for each request in plain HTTP.
	Opens func(*url.URL) bool
	// RoundTripper returns what sends those requests. base is what sends them
	// to the server; it belongs to the proxy and takes only requests whose
	// context is that of the request that came in, or is derived from it.
	RoundTripper func(base http.RoundTripper) http.RoundTripper
	// TLS is for the connections to the servers whose TLS is opened: roots,
	// client certificates, and whether certificates are verified. Nil is the
	// zero configuration.
	TLS *tls.Config
	// Via returns the proxy that the program itself would have used for a URL,
	// or nil for none, as http.Transport's Proxy does. Nil is none for all.
	Via func(*url.URL) (*url.URL, error)
}

// Proxy is a forward proxy that is running, until Close.
type Proxy struct {
	config    Config
	authority *authority
	password  string
	address   net.Addr

	outer, inner *http.Server // for what is sent to the proxy, and for what it opened
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
	conns  map[net.Conn]bool // that no http.Server knows
}

// Start starts a proxy on a free port of 127.0.0.1. The error is that of the
// operating system, or of the system's source of randomness.
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

// silent is for what goes wrong with single requests: the journal has it.
var silent = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

func (p *Proxy) newServer(handler http.Handler) *http.Server {
	return &http.Server{ //nolint:gosec // for who knows the password, on this machine
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

// clientConnOf returns the clientConn that a connection is, or is made of.
func clientConnOf(conn net.Conn) *clientConn {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	c, _ := conn.(*clientConn)
	return c
}

// begin is called where a request begins to be handled. It returns false when
// the proxy is closed.
func (p *Proxy) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.busy.Add(1)
	}
	return !p.closed
}

// URL returns the proxy's URL, whose password is a secret of the user.
func (p *Proxy) URL() *url.URL {
	return &url.URL{Scheme: "http", User: url.UserPassword("ostrace", p.password), Host: p.address.String()}
}

// CertificatePEM returns the certificate of the proxy's authority, which the
// program has to trust.
func (p *Proxy) CertificatePEM() []byte { return p.authority.pem() }

// Close ends the proxy and all its connections, and returns what happened. It
// waits until every request has ended, which those that are on their way may do
// by themselves within patience.
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

// serve handles what is sent to the proxy itself.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if !p.authorized(r) {
		p.log.unauthorized.Add(1)
		w.Header().Set("Proxy-Authenticate", `Basic realm="ostrace"`)
		http.Error(w, "This proxy is for one command of one user, which knows its password.", http.StatusProxyAuthRequired)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Scheme != "http" || r.URL.Host == "":
		http.Error(w, "This is a forward proxy: it takes CONNECT, and URLs that begin with http://.", http.StatusBadRequest)
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
