// SPDX-License-Identifier: Apache-2.0

// Package receiver_test runs the receiver osprofiler in a real Collector, with real
// RabbitMQ and Redis servers, OSProfiler's own drivers, and Jaeger behind it.
package receiver_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ostrace/ostrace/internal/freeport"
)

// limit is the time for which the tests wait for events.
const limit = 3 * time.Minute

// process is a running program.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	output *safeBuffer
	ended  chan struct{}
}

// start starts a program, which ends with the test.
func start(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, output: &safeBuffer{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; test/receiver/install and test/receiver/build bring what is needed", err)
	}
	go func() {
		_ = cmd.Wait() // the error is the signal's
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGCONT)
		p.end(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, p.output.tail(20_000))
		}
	})
	return p
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// end sends a signal, and waits for the end of the program.
func (p *process) end(s syscall.Signal) {
	p.signal(s)
	select {
	case <-p.ended:
	case <-time.After(limit):
		p.t.Errorf("%s does not end", p.cmd.Path)
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// says reports whether the program has written a text.
func (p *process) says(text string) bool { return p.output.contains(text) }

// listens waits until something accepts connections at an address.
func (p *process) listens(address string) {
	p.t.Helper()
	eventually(p.t, p.cmd.Path+" listens at "+address, func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("%s ended:\n%s", p.cmd.Path, p.output.tail(20_000))
		default:
		}
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// safeBuffer is a buffer for a program's output.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *safeBuffer) contains(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Contains(b.buffer.Bytes(), []byte(text))
}

func (b *safeBuffer) tail(most int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.buffer.Bytes()
	return string(text[max(0, len(text)-most):])
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

// freePort returns a port of 127.0.0.1 on which nothing listens.
func freePort(t testing.TB) string {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// environment is the environment of the servers and of Python.
func environment(home string, more ...string) []string {
	return append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + home, "no_proxy=*"}, more...)
}

// writeFile writes a file in a folder of the test, and returns its path.
func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
