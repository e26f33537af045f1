// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Close ends requests of whose bodies nothing more is read, as when the server
// reads no more: until then net/http does not notice that the program has gone.
func TestCloseDuringUpload(t *testing.T) {
	arrived := make(chan struct{})
	stalled := func(http.RoundTripper) http.RoundTripper {
		return roundTripperFunc(func(r *http.Request) (*http.Response, error) {
			close(arrived)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	}
	server := newTLSServer(t, false, nil)
	p := start(t, Config{RoundTripper: stalled}, server)
	go func() {
		request, _ := http.NewRequest(http.MethodPost, server.URL, io.NopCloser(zeros{}))
		if response, err := through(t, p).RoundTrip(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-arrived
	closes(t, p)
}

// Close ends connections that were upgraded, and on which neither side says
// anything.
func TestCloseUpgraded(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, in, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, in)
	})
	secure, plain := newTLSServer(t, false, handler), httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	p := start(t, Config{}, secure, plain)
	tunnelled, _ := dial(t, p, plain.Listener.Addr().String())
	for _, conn := range []net.Conn{dialTLS(t, p, secure), tunnelled} {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		if response, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(response, err)
		}
	}
	closes(t, p)
}

func closes(t *testing.T, p *Proxy) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		p.Close(0)
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Fatal("Close does not return")
	}
}
