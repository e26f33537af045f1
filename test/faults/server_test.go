// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// http2Server is the server for every host of an internet in the test.
type http2Server struct {
	*httptest.Server

	mu         sync.Mutex
	transports []*http.Transport
}

func startHTTP2(t *testing.T, handler http.HandlerFunc) *http2Server {
	t.Helper()
	s := &http2Server{Server: httptest.NewUnstartedServer(handler)}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	s.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn()
		}
		return context.WithValue(ctx, connKey{}, conn)
	}
	s.StartTLS()
	t.Cleanup(s.stop)
	return s
}

// transport returns a Transport that connects to the server for every host.
func (s *http2Server) transport() http.RoundTripper {
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // the certificate is for this name
	transport.MaxConnsPerHost = 4                        // because a server allows only a short time for handshakes
	transport.MaxResponseHeaderBytes = 64 << 10
	transport.DialContext = dialOnly(s.Server)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transports = append(s.transports, transport)
	return transport
}

// dialOnly connects to the server for every host.
func dialOnly(s *httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

func (s *http2Server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, transport := range s.transports {
		transport.CloseIdleConnections()
	}
	s.CloseClientConnections()
	s.Close()
}
