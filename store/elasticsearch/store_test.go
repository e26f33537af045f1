// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

const baseID = "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11"

// patience is the time for which a test waits for something that should happen
// at once.
const patience = 30 * time.Second

// open opens a store at an address, with a password that no error may show.
func open(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open("elasticsearch://user:verysecret@" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// read reads a trace to the first error.
func read(ctx context.Context, s *Store) error {
	for _, err := range s.Notifications(ctx, baseID) {
		if err != nil {
			return err
		}
	}
	return nil
}

// list returns the traces before the first error, and the error.
func list(ctx context.Context, s *Store, filter points.ListFilter) (found []points.TraceSummary, err error) {
	for trace, err := range s.List(ctx, filter) {
		if err != nil {
			return found, err
		}
		found = append(found, trace)
	}
	return found, nil
}

// checkError fails if there is no error, or if the error has more than one
// line, lacks the text want, or shows the password.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v; want one line with %q and without the password", err, want)
	}
}

func TestAnswersThatAreErrors(t *testing.T) {
	const (
		isJSON = "application/json; charset=UTF-8"
		isHTML = "text/html; charset=utf-8"
	)
	for name, test := range map[string]struct {
		status     int
		kind, body string
		want       string
	}{
		"no index": {
			404, isJSON,
			`{"error":{"root_cause":[],"type":"index_not_found_exception","reason":"no such index [osprofiler-notifications]","index":"osprofiler-notifications"},"status":404}`,
			"404 Not Found (OSProfiler has stored nothing here): index_not_found_exception: no such index [osprofiler-notifications]",
		},
		"wrong password": {
			401, isJSON,
			`{"error":{"type":"security_exception","reason":"unable to authenticate user [user] for REST request [/]"},"status":401}`,
			"401 Unauthorized (wrong or missing user or password): security_exception: unable to authenticate",
		},
		"wrong password, OpenSearch":   {401, "text/plain; charset=UTF-8", "Unauthorized", "401 Unauthorized (wrong or missing user or password)"},
		"not permitted":                {403, isJSON, `{"error":{"type":"security_exception","reason":"no permissions for [indices:data/read/search]"}}`, "may not read the index): security_exception: no permissions"},
		"a text for an error":          {400, isJSON, `{"error":"no handler found","status":400}`, "400 Bad Request"},
		"too long":                     {500, isJSON, `{"error":{"type":"x","reason":"` + strings.Repeat("ä", 1000) + `"}}`, "…"},
		"several lines, with password": {500, isJSON, `{"error":{"type":"x","reason":"a\nb verysecret"}}`, "x: a; b ***"},
		"garbage":                      {500, isJSON, `{{{`, "500 Internal Server Error"},
		"a proxy's page":               {502, isHTML, `<html>`, "502 Bad Gateway"},
		"elsewhere":                    {302, isHTML, ``, "302 Found"},
		"another server":               {200, isHTML, `<html>`, `"text/html" and not with JSON`},
		"no content type":              {204, "", ``, "not with JSON"},
		"other JSON":                   {200, isJSON, `{"hello":"world"}`, "the server's answer can't be read"},
		"JSON of another kind":         {200, isJSON, `"hello"`, "the server's answer can't be read"},
		"half an answer":               {200, isJSON, `{"_scroll_id":"s","hits":{"hits":[`, "the server's answer can't be read: unexpected "},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			address := server.Listener.Addr().String()
			s := open(t, address)
			err := read(t.Context(), s)
			checkError(t, err, "elasticsearch://***@"+address+": ")
			checkError(t, err, test.want)
			if _, err = list(t.Context(), s, points.AllTraces); name != "half an answer" {
				checkError(t, err, test.want)
			}
		})
	}
}

// It is not an error that no service has stored an error.
func TestNoIndexOfErrors(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":{"type":"index_not_found_exception","reason":"no such index"}}`)
	}))
	defer server.Close()
	if found, err := list(t.Context(), open(t, server.Listener.Addr().String()), points.ErrorTraces); err != nil || found != nil {
		t.Error(found, err)
	}
}

// listen accepts connections and serves each, until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go serve(conn)
		}
	}()
	return listener.Addr().String()
}

func TestServersThatAreNone(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, test := range map[string]struct{ address, want string }{
		"nobody there": {closed.Addr().String(), "connection refused"},
		"hangs up":     {listen(t, func(conn net.Conn) { conn.Close() }), ""},
		"SSH": {listen(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1))
			_, _ = conn.Write([]byte("SSH-2.0-OpenSSH\r\n"))
		}), "malformed HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, test.address)
			err := read(t.Context(), s)
			checkError(t, err, test.want)
			checkError(t, err, test.address)
			_, err = list(t.Context(), s, points.AllTraces)
			checkError(t, err, test.want)
		})
	}
}

// A user who cancels does not have to wait for a slow server.
func TestCancel(t *testing.T) {
	for name, begin := range map[string]string{
		"before the answer": "",
		"in the answer":     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"_scroll_id\":\"s\",",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			address := listen(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				_, _ = io.WriteString(conn, begin)
				cancel()
				_, _ = io.Copy(io.Discard, conn)
			})
			ended := make(chan error, 1)
			go func() {
				ended <- read(ctx, open(t, address))
			}()
			select {
			case err := <-ended:
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Fatal("it goes on after the context has ended")
			}
		})
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "user" || password != "verysecret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"_scroll_id":"s","hits":{"hits":[]}}`)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // it would log that a client does not trust it
	server.StartTLS()
	defer server.Close()
	s, err := Open("elasticsearch+https://user:verysecret@" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = read(t.Context(), s)
	checkError(t, err, "certificate")

	s.client.http.Transport = server.Client().Transport // this one trusts it
	if err := read(t.Context(), s); err != nil {
		t.Error(err)
	}
}
