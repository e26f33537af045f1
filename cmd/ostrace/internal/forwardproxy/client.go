// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// clientConn is a connection of the program that the proxy serves. It puts the
// server's own reason into the status line, because net/http can't do that.
type clientConn struct {
	net.Conn
	upstream *upstream // nil for a connection that speaks to the proxy itself
	reason   atomic.Pointer[string]
}

type clientConnKey struct{}

func clientConnFrom(ctx context.Context) *clientConn {
	c, _ := ctx.Value(clientConnKey{}).(*clientConn)
	return c
}

// setReason sets the reason of the next answer.
func (c *clientConn) setReason(status string, code int) {
	_, reason, _ := strings.Cut(status, " ")
	if reason != http.StatusText(code) {
		c.reason.Store(&reason)
	}
}

// Write implements [net.Conn].
func (c *clientConn) Write(b []byte) (int, error) {
	reason := c.reason.Load()
	if reason == nil || !bytes.HasPrefix(b, []byte("HTTP/1.")) {
		return c.Conn.Write(b)
	}
	line := bytes.Index(b, []byte("\r\n"))
	const beginning = len("HTTP/1.1 ")
	code, _, _ := strings.Cut(string(b[min(beginning, max(line, 0)):max(line, 0)]), " ")
	if n, err := strconv.Atoi(code); err != nil || n < 200 && n != http.StatusSwitchingProtocols {
		return c.Conn.Write(b)
	}
	c.reason.Store(nil)
	changed := make([]byte, 0, len(b)+len(*reason))
	changed = append(changed, b[:beginning+len(code)+1]...)
	changed = append(changed, *reason...)
	changed = append(changed, b[line:]...)
	if n, err := c.Conn.Write(changed); err != nil {
		return min(n, len(b)), err
	}
	return len(b), nil
}

// CloseWrite closes the side on which the other end reads.
func (c *clientConn) CloseWrite() error { return closeWrite(c.Conn) }

// listener accepts the connections that the proxy has opened.
type listener struct {
	conns  chan net.Conn
	addr   net.Addr
	closed chan struct{}
	close  sync.Once
}

func newListener(addr net.Addr) *listener {
	return &listener{conns: make(chan net.Conn), addr: addr, closed: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return l.addr }

// clientListener turns the connections of another listener into clientConns.
type clientListener struct{ net.Listener }

func (l clientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &clientConn{Conn: conn}, nil
}
