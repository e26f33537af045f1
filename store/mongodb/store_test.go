// SPDX-License-Identifier: Apache-2.0

package mongodb_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/mongodb"
)

// patience is the time for which a test waits for something that should happen
// at once, or after the driver's own time limit.
const patience = 30 * time.Second

func TestOpen(t *testing.T) {
	for connection, want := range map[string]string{
		"mongodb://127.0.0.1": "",
		"mongodb://127.0.0.1:27017,127.0.0.2/admin?replicaSet=rs0":                                        "",
		"mongodb://user:p%40ss%2Fword@127.0.0.1/?authSource=admin":                                        "",
		"mongodb://user:verysecret@":                                                                      "host",
		"mongodb://user:verysecret@host:99999":                                                            "port",
		"mongodb://user:very/secret@host":                                                                 "unescaped slash in password",
		"mongodb://user:very%zzsecret@host":                                                               "%25",
		"mongodb://user:verysecret@host/?authMechanism=NONE":                                              "mechanism",
		"mongodb://user:x@host/?tlsCertificateKeyFilePassword=verysecret&tls=perhaps":                     "tls",
		"mongodb://user:x@host/?authMechanismProperties=AWS_SESSION_TOKEN:verysecret&readPreference=none": "none",
		"mongo": "connection string",
	} {
		s, err := mongodb.Open(connection)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", connection, err)
				continue
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: %v", connection, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, which says nothing of %q", connection, err, want)
			continue
		}
		checkError(t, err)
	}
}

// checkError fails for an error that has more than one line, or shows a secret.
func checkError(t *testing.T, err error) {
	t.Helper()
	if text := err.Error(); strings.Contains(text, "\n") || strings.Contains(text, "secret") || strings.Contains(text, "zz") {
		t.Errorf("%q", text)
	}
}

// read reads a trace to the first error.
func read(ctx context.Context, s points.Store) error {
	for _, err := range s.Notifications(ctx, "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11") {
		if err != nil {
			return err
		}
	}
	return nil
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
	for name, address := range map[string]string{
		"nobody there": closed.Addr().String(),
		"HTTP": listen(t, func(conn net.Conn) {
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}),
		"hangs up": listen(t, func(conn net.Conn) { conn.Close() }),
		"silent":   listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := mongodb.Open("mongodb://user:verysecret@" + address + "/?serverSelectionTimeoutMS=300")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err = read(ctx, s); err == nil || ctx.Err() != nil {
				t.Fatal(err, ctx.Err())
			}
			checkError(t, err)
			if !strings.Contains(err.Error(), address) {
				t.Errorf("%v doesn't say where", err)
			}
			for _, err := range s.List(ctx, points.AllTraces) {
				if err == nil {
					t.Error("a list of nothing")
				}
			}
		})
	}
}

func TestClosed(t *testing.T) {
	s, err := mongodb.Open("mongodb://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := read(t.Context(), s); !errors.Is(err, mongo.ErrClientDisconnected) {
		t.Error(err)
	}
}

// A user who cancels does not have to wait for the time limit.
func TestCancel(t *testing.T) {
	asked := make(chan struct{}, 1)
	address := listen(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		select {
		case asked <- struct{}{}:
		default:
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	s, err := mongodb.Open("mongodb://" + address + "/?serverSelectionTimeoutMS=3600000")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- read(ctx, s)
	}()
	for _, step := range []func(){func() { <-asked }, cancel} {
		select {
		case err := <-ended:
			t.Fatalf("ended too early: %v", err)
		default:
			step()
		}
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it goes on after the context has ended")
	}
}
