// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

const limit = 30 * time.Second

// start starts a program that the script build has made, and returns when it
// accepts connections at the addresses. The returned function, and the end of
// the test, tell the program to end, and wait for its end.
func start(t *testing.T, env, addresses []string, name string, args ...string) (process *os.Process, stop func()) {
	t.Helper()
	program := built(t, name)
	ctx, cancel := context.WithCancel(context.Background())
	var output bytes.Buffer
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	command.Stdout, command.Stderr = &output, &output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = limit // after that it is killed
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // with the signal's status
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s:\n%s", name, &output)
		}
	})
	t.Cleanup(stop)

	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for _, address := range addresses {
		for {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
				break
			}
			select {
			case <-ended:
				t.Fatalf("%s ended", name)
			case <-deadline:
				t.Fatalf("%s: %v", name, err)
			case <-tick.C:
			}
		}
	}
	return command.Process, stop
}

// built returns the path of a program that the script build has made.
func built(t *testing.T, name string) string {
	t.Helper()
	manifest, err := os.ReadFile("builder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^  version: (.*)$`).FindSubmatch(manifest)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(cache, "ostrace-collector", string(version[1]), name)
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v; bring it with: test/collector/build", err)
	}
	return program
}

// freePorts returns addresses on which nothing listens.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	addresses := make([]string, n)
	for i := range addresses {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		addresses[i] = listener.Addr().String()
	}
	return addresses
}
