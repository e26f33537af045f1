// Package stores tests the stores against real servers and OSProfiler's own
// drivers.
package stores_test

import (
	"bytes"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limit is how long the tests wait for what has to happen.
const limit = 60 * time.Second

// serve starts a server, and returns when it accepts connections at the address.
// The function that it returns, and the end of the test, tell it to end, and
// wait for that.
func serve(t *testing.T, address string, cmd *exec.Cmd) (stop func()) {
	t.Helper()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if cmd.Env == nil {
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + t.TempDir()}
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; test/stores/install installs what is needed", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // with the signal's status
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
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
	return stop
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
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

// freePorts returns ports of 127.0.0.1 at which nobody listens.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		_, ports[i], _ = net.SplitHostPort(listener.Addr().String())
	}
	return ports
}
