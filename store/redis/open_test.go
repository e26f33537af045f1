// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

func TestOpenRefuses(t *testing.T) {
	for connectionString, want := range map[string]string{
		"localhost:6379":                                    "like redis://host:6379",
		"mysql://:verysecret@h":                             "must be redis, rediss, unix or redissentinel",
		"redis://:verysecret@a,b":                           "only redissentinel:// can have several",
		"redis://:verysecret@h/first":                       "the database must be a number",
		"redis://:verysecret@h?db=-1":                       "the database must be a number",
		"redis://:verysecret@h?socket_timeout=0":            "socket_timeout must be a number of seconds",
		"redis://:verysecret@h?socket_connect_timeout=x":    "socket_connect_timeout must be a number of seconds",
		"redis://:verysecret@h?sentinel_service_name=x":     `unknown option "sentinel_service_name"`,
		"unix://:verysecret@":                               "like unix:///run/redis/redis.sock",
		"unix://:verysecret@host/socket":                    "like unix:///run/redis/redis.sock",
		"rediss://:verysecret@h?ssl_cert_reqs=optional":     "required or none",
		"rediss://:verysecret@h?ssl_check_hostname=perhaps": "ssl_check_hostname must be true or false",
		"rediss://:verysecret@h?ssl_ca_certs=/nonexistent":  "no such file",
		"redis://:verysecret@h?ssl_ca_certs=/etc/ssl":       `unknown option "ssl_ca_certs"`,
	} {
		_, err := Open(connectionString)
		isClear(t, err, want)
	}
}

// A connection string leads to a server, and has the user and the password.
func TestOpen(t *testing.T) {
	r := miniredis.RunT(t)
	r.RequireAuth("verysecret/?")
	r.RequireUserAuth("reader", "it's verysecret")
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""))
	if _, err := r.DB(3).Lpush("osprofiler_opt:"+otherID, text(otherID, 2, "")); err != nil {
		t.Fatal(err)
	}
	for connectionString, id := range map[string]string{
		"redis://:verysecret%2F%3F@" + r.Addr():                                        traceID,
		"redis://:verysecret%2F%3F@" + r.Addr() + "/":                                  traceID,
		"redis://:verysecret%2F%3F@" + r.Addr() + "/3":                                 otherID,
		"redis://:verysecret%2F%3F@" + r.Addr() + "/0?db=3":                            otherID,
		"redis://reader:it's verysecret@" + r.Addr():                                   traceID,
		"redis://:verysecret%2F%3F@" + r.Addr() + "?socket_timeout=9&max_connections=": traceID,
	} {
		if ids, err := read(t, open(t, connectionString), id); err != nil || len(ids) != 1 {
			t.Errorf("%s: %q (%v)", connectionString, ids, err)
		}
	}
	for connectionString, want := range map[string]string{
		"redis://" + r.Addr():                                    "NOAUTH",
		"redis://:verysecrets@" + r.Addr():                       "WRONGPASS",
		"redis://nobody:verysecret@" + r.Addr():                  "WRONGPASS",
		"redis://:verysecret@127.0.0.1:1":                        "connection refused",
		"unix://:verysecret@/nonexistent/socket":                 "no such file",
		"rediss://:verysecret@" + r.Addr() + "?socket_timeout=1": "rediss://",
	} {
		_, err := read(t, open(t, connectionString), traceID)
		isClear(t, err, want)
	}
}

func TestUnixSocket(t *testing.T) {
	r := miniredis.RunT(t)
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""))
	socket := filepath.Join(t.TempDir(), "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.Server().ServeConn(conn)
		}
	}()
	t.Cleanup(func() { listener.Close() })
	if ids, err := read(t, open(t, "unix://"+socket+"?db=0"), traceID); err != nil || len(ids) != 1 {
		t.Errorf("%q (%v)", ids, err)
	}
}

// A silent server is waited for no longer than the connection string and the
// caller's context allow.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // nothing accepts the connections
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	_, err = read(t, open(t, "redis://:verysecret@"+listener.Addr().String()+"?socket_timeout=0.1"), traceID)
	isClear(t, err, "timeout")
	_, err = read(t, open(t, "rediss://:verysecret@"+listener.Addr().String()+"?socket_connect_timeout=0.1"), traceID)
	isClear(t, err, "no connection to "+listener.Addr().String()+" in 100ms")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range open(t, "redis://:verysecret@"+listener.Addr().String()).Notifications(ctx, traceID) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
	}
}

func TestSentinel(t *testing.T) {
	r := miniredis.RunT(t)
	r.RequireAuth("verysecret")
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""))
	sentinel, err := server.NewServer("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sentinel.Close)
	if err := sentinel.Register("SENTINEL", func(c *server.Peer, _ string, args []string) {
		switch {
		case len(args) != 2 || !strings.EqualFold(args[0], "get-master-addr-by-name"):
			c.WriteError("ERR another command")
		case args[1] == "mymaster" || args[1] == "other":
			c.WriteStrings([]string{r.Host(), r.Port()})
		case args[1] == "strange":
			c.WriteStrings([]string{r.Host()})
		case args[1] == "busy":
			c.WriteError("IDONTKNOW")
		default:
			c.WriteLen(-1)
		}
	}); err != nil {
		t.Fatal(err)
	}
	address := sentinel.Addr().String()
	for _, connectionString := range []string{
		"redissentinel://:verysecret@" + address,
		"redissentinel://:verysecret@127.0.0.1:1," + address + "/0?sentinel_service_name=other",
	} {
		if ids, err := read(t, open(t, connectionString), traceID); err != nil || len(ids) != 1 {
			t.Errorf("%s: %q (%v)", connectionString, ids, err)
		}
	}
	for name, want := range map[string]string{
		"none":    `knows no master "none" (option sentinel_service_name)`,
		"strange": "answered with 1 values, not host and port",
		"busy":    "IDONTKNOW",
	} {
		_, err := read(t, open(t, "redissentinel://:verysecret@127.0.0.1:1,"+address+"?sentinel_service_name="+name), traceID)
		isClear(t, err, want)
		isClear(t, err, "127.0.0.1:1: ")
	}
}
