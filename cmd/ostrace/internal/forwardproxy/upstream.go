// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	protocolHTTP1 = "http/1.1"
	protocolHTTP2 = "h2"
)

var bothProtocols = []string{protocolHTTP2, protocolHTTP1}

// upstream is the server's side of one connection of the program. It has its own
// transport, so each connection of the program has its own connection to the
// server. Some servers recognize a connection.
type upstream struct {
	proxy     *Proxy
	target    *url.URL
	transport *http.Transport

	mu         sync.Mutex
	serverName string
	protocols  []string // the ones that the program may use
	ready      net.Conn // a connection that was not used yet
}

func (p *Proxy) newUpstream(target *url.URL) *upstream {
	u := &upstream{proxy: p, target: target, serverName: target.Hostname(), protocols: p.versions.offer(target.Host)}
	u.transport = newTransport()
	u.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return u.take(ctx) }
	u.transport.DialTLSContext = u.transport.DialContext
	return u
}

// newTransport returns a transport that adds nothing to requests.
func newTransport() *http.Transport {
	return &http.Transport{
		DisableCompression:    true,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   64,
		ExpectContinueTimeout: time.Second, // the same time as in curl and Go
		ReadBufferSize:        32 << 10,
		WriteBufferSize:       32 << 10,
	}
}

// connect connects to the server before the program gets an answer.
func (u *upstream) connect(ctx context.Context) error {
	conn, err := u.dial(ctx)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ready = conn
	return nil
}

// take returns the connection that is ready, or a new one.
func (u *upstream) take(ctx context.Context) (net.Conn, error) {
	u.mu.Lock()
	conn := u.ready
	u.ready = nil
	u.mu.Unlock()
	if conn != nil {
		return conn, nil
	}
	return u.dial(ctx)
}

func (u *upstream) dial(ctx context.Context) (net.Conn, error) {
	conn, err := u.proxy.dial(ctx, u.target)
	if err != nil || u.target.Scheme != "https" {
		return conn, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if u.proxy.config.TLS != nil {
		config = u.proxy.config.TLS.Clone()
	}
	u.mu.Lock()
	config.ServerName, config.NextProtos = u.serverName, u.protocols
	u.mu.Unlock()
	secure, err := handshake(ctx, conn, config)
	if err != nil {
		return nil, err
	}
	return secure, nil
}

// answer is the GetConfigForClient on the program's side. It makes both sides speak
// the same version of HTTP, and connects to the name that the program asks for.
func (u *upstream) answer(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	understood := []string{protocolHTTP1}
	if slices.Contains(hello.SupportedProtos, protocolHTTP2) {
		understood = bothProtocols
	}
	u.mu.Lock()
	ready := u.ready.(*tls.Conn)
	sameName := hello.ServerName == "" || hello.ServerName == u.serverName
	sameVersion := u.proxy.versions.match(u.target.Host, u.protocols, ready.ConnectionState().NegotiatedProtocol, understood)
	if !sameName || !sameVersion {
		_ = ready.Close()
		u.ready, u.protocols = nil, understood
		if !sameName {
			u.serverName = hello.ServerName
		}
		u.mu.Unlock()
		if err := u.connect(hello.Context()); err != nil {
			return nil, err
		}
		u.mu.Lock()
	}
	defer u.mu.Unlock()
	protocol := u.ready.(*tls.Conn).ConnectionState().NegotiatedProtocol
	if protocol == "" {
		protocol = protocolHTTP1
	}
	u.protocols = []string{protocol} // later connections use it too
	certificate, err := u.proxy.authority.forHost(u.serverName)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{*certificate}, NextProtos: u.protocols, MinVersion: tls.VersionTLS12}, nil
}

// close closes the connections to the server when the program's connection has
// ended.
func (u *upstream) close() {
	u.mu.Lock()
	if u.ready != nil {
		_ = u.ready.Close()
		u.ready = nil
	}
	u.mu.Unlock()
	u.transport.CloseIdleConnections()
}

// versions remembers the servers that speak HTTP/2 while the program does not. So
// one connection to the server is enough in most cases.
type versions struct {
	mu    sync.Mutex
	http1 map[string]bool
}

// offer returns the protocols to offer to a server before the program has offered
// its own.
func (v *versions) offer(host string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.http1[host] {
		return []string{protocolHTTP1}
	}
	return bothProtocols
}

// match reports whether a server's choice from the offered protocols would be the
// same if it had been offered only the protocols that the program understands.
func (v *versions) match(host string, offered []string, chosen string, understood []string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case chosen == protocolHTTP2 && len(understood) == 1:
		if v.http1 == nil {
			v.http1 = map[string]bool{}
		}
		v.http1[host] = true
		return false
	case len(offered) == 1 && len(understood) > 1:
		delete(v.http1, host)
		return false
	}
	return true
}
