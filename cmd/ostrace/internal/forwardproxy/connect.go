// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// connect handles CONNECT.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	if host, port, err := net.SplitHostPort(r.URL.Host); err != nil || host == "" || port == "" {
		http.Error(w, "CONNECT needs a host and a port, such as cloud.example:5000.", http.StatusBadRequest)
		return
	}
	secure, plain := &url.URL{Scheme: "https", Host: r.URL.Host}, &url.URL{Scheme: "http", Host: r.URL.Host}
	switch {
	case p.config.Opens(secure):
		p.connectTLS(w, r, secure)
	case p.config.Opens(plain):
		p.connectPlain(w, r, plain)
	default:
		p.log.passed.Add(1)
		p.tunnel(w, r, secure)
	}
}

// tunnel connects the program and the server, and does not look at their data.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, target *url.URL) {
	server, err := p.dial(r.Context(), target)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	defer p.hold(server)()
	client, ok := p.accept(w)
	if !ok {
		_ = server.Close()
		return
	}
	defer p.hold(client)()
	tunnel(client, server)
}

// connectTLS opens the TLS of a connection, and gives it to the inner server.
func (p *Proxy) connectTLS(w http.ResponseWriter, r *http.Request, target *url.URL) {
	up := p.newUpstream(target)
	switch err := up.connect(r.Context()); {
	case errors.As(err, new(handshakeError)):
		p.log.note(&p.log.unopened, target.Host, err)
		p.tunnel(w, r, target)
		return
	case err != nil:
		p.refuse(w, r, err)
		return
	}
	conn, ok := p.accept(w)
	if !ok {
		up.close()
		return
	}
	defer p.hold(conn)()
	client := &clientConn{Conn: conn, upstream: up}
	secure := tls.Server(client, &tls.Config{GetConfigForClient: up.answer, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(p.ctx); err != nil {
		if p.ctx.Err() == nil {
			p.log.note(&p.log.distrusted, target.Host, err)
		}
		_ = conn.Close()
		up.close()
		return
	}
	if secure.ConnectionState().NegotiatedProtocol == protocolHTTP2 {
		p.open(secure)
		return
	}
	p.open(&clientConn{Conn: secure, upstream: up})
}

// connectPlain gives a connection without TLS to the inner server. It is for
// clients that use CONNECT for every URL.
func (p *Proxy) connectPlain(w http.ResponseWriter, r *http.Request, target *url.URL) {
	up := p.newUpstream(target)
	if err := up.connect(r.Context()); err != nil {
		p.refuse(w, r, err)
		return
	}
	conn, ok := p.accept(w)
	if !ok {
		up.close()
		return
	}
	p.open(&clientConn{Conn: conn, upstream: up})
}

// open gives a connection to the inner server.
func (p *Proxy) open(conn net.Conn) {
	select {
	case p.opened.conns <- conn:
	case <-p.opened.closed:
		_ = conn.Close()
		clientConnOf(conn).upstream.close()
	}
}

// accept answers CONNECT, and returns the connection of the program.
func (p *Proxy) accept(w http.ResponseWriter) (net.Conn, bool) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, false
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		_ = conn.Close()
		return nil, false
	}
	return withBuffered(conn, buffered.Reader), true
}

// refuse answers CONNECT to a server that can't be reached.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the program did not wait
	}
	p.log.note(&p.log.unreachable, r.URL.Host, err)
	code, reason := http.StatusBadGateway, err.Error()
	var refused refusedError
	if errors.As(err, &refused) && refused.code >= http.StatusBadRequest && refused.code != http.StatusProxyAuthRequired {
		code, reason = refused.code, refused.text // the answer of the proxy that the program would have used
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	body := reason + "\n"
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		code, inStatusLine(reason), len(body), body)
	_ = conn.Close()
}

// inStatusLine replaces the characters of a text that a status line can't have.
func inStatusLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// handshakeError says that a server was reached, but not over TLS.
type handshakeError struct{ error }

func (e handshakeError) Unwrap() error { return e.error }

// errWantsCertificate says that the server asks for a client certificate, and that
// none is configured.
var errWantsCertificate = errors.New("the server asks for a client certificate, and none is configured")

// handshake makes the TLS handshake with a server.
func handshake(ctx context.Context, conn net.Conn, config *tls.Config) (*tls.Conn, error) {
	wanted := false
	if len(config.Certificates) == 0 && config.GetClientCertificate == nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			wanted = true
			return &tls.Certificate{}, nil
		}
	}
	secure := tls.Client(conn, config)
	err := secure.HandshakeContext(ctx)
	if err == nil && wanted {
		err = errWantsCertificate
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, handshakeError{err}
	}
	return secure, nil
}
