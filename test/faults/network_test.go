// SPDX-License-Identifier: Apache-2.0

// Package faults_test tests the library with a cloud, a caller or a stranger
// that misbehaves: the program sees the same as without the library, and the
// spans have what happened.
package faults_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

// network is an internet in memory, so that hosts can have any name, and a test
// inside a synctest bubble has its own time.
type network struct {
	mu    sync.Mutex
	hosts map[string]host // by host and port; "*" is every other host
	// dialling, if not nil, is called when a host is dialled that never
	// answers. http.Transport keeps such a dial for the next request; it ends
	// with done.
	dialling func()
	done     chan struct{}
	seen     []seen
	cloud    string // the address of the identity service, if it is not the usual one
}

// host answers the nth request, from 0, that arrives there.
type host func(n int, r *http.Request) answer

// answer is the text that a host writes before it closes the connection.
type answer struct {
	text string
	// stall keeps the connection open until the client closes it.
	stall bool
	// more is written again and again until the client closes the connection.
	more string
}

// seen is a request that arrived.
type seen struct {
	host, method, target string
	header               http.Header
	body                 string
}

func newNetwork(hosts map[string]host) *network {
	return &network{hosts: hosts, done: make(chan struct{})}
}

// transport returns a Transport that knows only this network.
func (n *network) transport() *http.Transport {
	return &http.Transport{DialContext: n.dial, DisableKeepAlives: true}
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	dialling := n.dialling
	n.mu.Unlock()
	if dialling != nil {
		dialling()
		select {
		case <-ctx.Done():
		case <-n.done:
		}
		return nil, syscall.ETIMEDOUT
	}
	serve := n.hosts[address]
	if serve == nil {
		serve = n.hosts["*"]
	}
	if serve == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		n.serve(server, address, serve)
	}()
	return client, nil
}

func (n *network) serve(conn net.Conn, address string, answerTo host) {
	from := bufio.NewReader(conn)
	r, err := http.ReadRequest(from)
	if err != nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n.mu.Lock()
	count := 0
	for _, s := range n.seen {
		if s.host == address {
			count++
		}
	}
	n.seen = append(n.seen, seen{address, r.Method, r.RequestURI, r.Header, string(body)})
	n.mu.Unlock()
	a := answerTo(count, r)
	_, err = io.WriteString(conn, a.text)
	for err == nil && a.more != "" {
		_, err = io.WriteString(conn, a.more)
	}
	if a.stall {
		_, _ = io.Copy(io.Discard, from)
	}
}

// stallDials makes every dial stall from now on, and calls dialling for each.
func (n *network) stallDials(dialling func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialling = dialling
}

// arrives records a request that arrives at one of the test's own servers.
func (n *network) arrives(s seen) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = append(n.seen, s)
}

// arrived returns the requests that arrived, and forgets them.
func (n *network) arrived() []seen {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.seen
	n.seen = nil
	return all
}

// tracing are the headers that the library adds.
var tracing = []string{"Traceparent", "Tracestate", "Baggage", "X-Trace-Info", "X-Trace-Hmac", "X-Openstack-Request-Id"}

// String describes a request without the headers that the library adds.
func (s seen) String() string {
	var lines []string
	for name, values := range s.header {
		if !slices.Contains(tracing, name) {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(lines)
	return s.method + " " + s.host + s.target + " [" + strings.Join(lines, "; ") + "] " + s.body
}

// signed returns the signed ids of the request, and whether it is signed.
func (s seen) signed(key hmac.Key) (hmac.TraceInfo, bool) {
	info, _, err := hmac.Keys{key}.SignedUnpack(s.header.Get(hmac.HeaderInfo), s.header.Get(hmac.HeaderHMAC))
	return info, err == nil
}

// always answers every request with the same text.
func always(text string) host {
	return func(int, *http.Request) answer { return answer{text: text} }
}

// inTurn answers the first request with the first text, and so on. All requests
// after the last text get that text too.
func inTurn(texts ...string) host {
	return func(n int, _ *http.Request) answer { return answer{text: texts[min(n, len(texts)-1)]} }
}

// response is a whole answer: status, such as "404 Not Found", body and header
// lines.
func response(status, body string, header ...string) string {
	lines := append([]string{"HTTP/1.1 " + status, "Content-Type: application/json"}, header...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func newKey(tb testing.TB, secret string) hmac.Key {
	tb.Helper()
	key, err := hmac.NewKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}
