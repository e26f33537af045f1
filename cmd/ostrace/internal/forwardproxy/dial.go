// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/proxy"
)

// dial connects to host:port, through the proxy that the program itself would
// have used for this URL, if any.
func (p *Proxy) dial(ctx context.Context, target *url.URL) (net.Conn, error) {
	var via *url.URL
	if p.config.Via != nil {
		var err error
		if via, err = p.config.Via(target); err != nil {
			return nil, err
		}
	}
	address := addressOf(target)
	if via == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	switch via.Scheme {
	case "socks5", "socks5h":
		return dialSOCKS(ctx, via, address)
	case "http", "https", "":
		return dialCONNECT(ctx, via, address)
	}
	return nil, fmt.Errorf("the proxy of the environment has the scheme %q, which is not http, https or socks5", via.Scheme)
}

// addressOf returns the host and port that a URL with a scheme leads to.
func addressOf(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case strings.HasPrefix(u.Scheme, "socks5"):
		port = "1080"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func dialSOCKS(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if via.User != nil {
		password, _ := via.User.Password()
		auth = &proxy.Auth{User: via.User.Username(), Password: password}
	}
	dialer, err := proxy.SOCKS5("tcp", addressOf(via), auth, new(net.Dialer))
	if err != nil {
		return nil, err
	}
	return dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
}

// refusedError is the answer of another proxy that refuses to connect.
type refusedError struct {
	proxy string
	code  int
	text  string
}

func (e refusedError) Error() string {
	return fmt.Sprintf("the proxy %s answered %d %s", e.proxy, e.code, e.text)
}

func dialCONNECT(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addressOf(via))
	if err != nil {
		return nil, fmt.Errorf("the proxy of the environment: %w", err)
	}
	connected := false
	defer func() {
		if !connected {
			_ = conn.Close()
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if via.Scheme == "https" {
		secure := tls.Client(conn, &tls.Config{ServerName: via.Hostname(), MinVersion: tls.VersionTLS12})
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("the proxy %s: %w", via.Host, err)
		}
		conn = secure
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{"User-Agent": {""}}}
	if via.User != nil {
		password, _ := via.User.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, request)
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", via.Host, err)
	}
	_ = response.Body.Close() // the answer to a successful CONNECT has no body
	if response.StatusCode != http.StatusOK {
		_, text, _ := strings.Cut(response.Status, " ")
		return nil, refusedError{via.Host, response.StatusCode, text}
	}
	connected = true
	return withBuffered(conn, in), nil
}

// withBuffered returns a connection from which the bytes that in has read already
// are read first, and then those of conn.
func withBuffered(conn net.Conn, in *bufio.Reader) net.Conn {
	if in.Buffered() == 0 {
		return conn
	}
	first, _ := in.Peek(in.Buffered())
	return &bufferedConn{conn, io.MultiReader(strings.NewReader(string(first)), conn)}
}

type bufferedConn struct {
	net.Conn
	in io.Reader
}

func (c *bufferedConn) Read(b []byte) (int, error) { return c.in.Read(b) }

// CloseWrite closes the side on which the other end reads.
func (c *bufferedConn) CloseWrite() error { return closeWrite(c.Conn) }
