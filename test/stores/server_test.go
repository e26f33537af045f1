// SPDX-License-Identifier: Apache-2.0

// Package stores tests the stores against real servers and OSProfiler's own
// drivers.
package stores_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ostrace/ostrace/internal/freeport"
)

// limit is the time for which the tests wait for events.
const limit = 3 * time.Minute

// installed is the folder in which install puts programs that are not in
// Debian's packages. account is the user of the servers if the tests run as
// root, so that a local user who connects to one of them has only that user's
// rights.
const (
	installed = "/var/cache/ostrace-stores"
	account   = "ostrace-stores"
)

// runsAs returns the name and the ids of the servers' user.
func runsAs(t testing.TB) (name string, uid, gid int) {
	t.Helper()
	who, err := user.Current()
	if err == nil && who.Uid == "0" {
		who, err = user.Lookup(account)
	}
	if err != nil {
		t.Fatalf("%v; test/stores/install installs what is needed", err)
	}
	uid, _ = strconv.Atoi(who.Uid)
	gid, _ = strconv.Atoi(who.Gid)
	return who.Username, uid, gid
}

// asAccount makes a program run as the servers' user, and end with this
// program.
func asAccount(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = environment
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if _, uid, gid := runsAs(t); uid != os.Getuid() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
}

// folder returns an empty folder that only the servers and root may enter.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ostrace-stores") //nolint:usetesting // the servers may not enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	handOver(t, dir)
	return dir
}

// handOver gives a file to the servers.
func handOver(t testing.TB, path string) {
	t.Helper()
	if _, uid, gid := runsAs(t); uid != os.Getuid() {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
}

// writeFile writes a file that only the servers may read.
func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	handOver(t, path)
}

// serve starts a server, and returns when it accepts connections at the
// address. The returned function, and the end of the test, send the server the
// signal, and wait for its end.
func serve(t testing.TB, address string, cmd *exec.Cmd, end os.Signal) (stop func()) {
	t.Helper()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	asAccount(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; test/stores/install installs what is needed", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the error is the signal's
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(end)
		select {
		case <-ended:
		case <-time.After(limit):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, &output)
		}
	})
	t.Cleanup(stop)
	eventually(t, cmd.Path+" listens", func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", cmd.Path, &output)
		default:
		}
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	_, port, _ := net.SplitHostPort(address)
	if _, want, _ := runsAs(t); ownerOf(t, port) != want {
		t.Fatalf("%s runs as the user %d, and not as its own, %d", cmd.Path, ownerOf(t, port), want)
	}
	return stop
}

// environment is the environment of the programs, without this process's own.
var environment = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", "no_proxy=*"}

// run runs a program to its end, as the servers' user.
func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	asAccount(t, cmd)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, output)
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

// freePorts returns ports of 127.0.0.1 on which nothing listens.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		var err error
		if ports[i], err = freeport.Take(); err != nil {
			t.Fatal(err)
		}
	}
	return ports
}

// httpServer starts an HTTP server, which is not a store, and returns its
// address.
func httpServer(t testing.TB) (address string) {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
