// SPDX-License-Identifier: Apache-2.0

package jaeger

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// limit is the time within which Jaeger must start, answer and end.
const limit = 30 * time.Second

// Addresses are the addresses on which Jaeger listens, each with a host and a
// port. For empty ones Start chooses free ports of 127.0.0.1.
type Addresses struct {
	HTTP  string // OTLP over HTTP
	GRPC  string // OTLP over gRPC
	Agent string // the agent's protocol of jaeger-client: Thrift's compact protocol over UDP
	Query string // the HTTP API, and the page for browsers
}

// Server is a running Jaeger. It keeps the spans that it receives in memory.
type Server struct {
	Addresses
}

// Jaeger stores spans before it answers the sender, because there is neither a
// queue nor a batch.
const configuration = `
receivers:
  otlp:
    protocols:
      http: {endpoint: "%s"}
      grpc: {endpoint: "%s"}
  jaeger:
    protocols:
      thrift_compact: {endpoint: "%s"}
extensions:
  jaeger_storage:
    backends:
      memory: {memory: {max_traces: 100000}}
  jaeger_query:
    storage: {traces: memory}
    enable_tracing: false
    http: {endpoint: "%s"}
    grpc: {endpoint: "%s"}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp, jaeger], exporters: [jaeger_storage_exporter]}
  telemetry: {metrics: {level: none}}
`

// Start starts the Jaeger that the script build has made, and returns when
// Jaeger answers. Jaeger ends with the test.
func Start(t testing.TB, at Addresses) *Server {
	t.Helper()
	free := freeAddresses(t)
	at.HTTP = cmp.Or(at.HTTP, free[0])
	at.GRPC = cmp.Or(at.GRPC, free[1])
	at.Agent = cmp.Or(at.Agent, free[2])
	at.Query = cmp.Or(at.Query, free[3])
	s := &Server{at}
	file := filepath.Join(t.TempDir(), "jaeger.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, at.HTTP, at.GRPC, at.Agent, at.Query, free[4]), 0o600); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	var output bytes.Buffer
	command := exec.CommandContext(ctx, program(t), "--config", file) //nolint:gosec // the script build has made it
	command.Env = []string{"HOME=" + t.TempDir()}
	command.Stdout, command.Stderr = &output, &output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = limit // after that it is killed
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // the error is the signal's
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("Jaeger:\n%s", &output)
		}
	})
	s.await(t, ended)
	return s
}

// await returns when Jaeger answers queries and accepts connections for OTLP.
func (s *Server) await(t testing.TB, ended <-chan struct{}) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for {
		err := s.ready(t)
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatal("Jaeger ended")
		case <-deadline:
			t.Fatalf("Jaeger is not ready: %v", err)
		case <-tick.C:
		}
	}
}

func (s *Server) ready(t testing.TB) error {
	for _, address := range []string{s.HTTP, s.GRPC} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if err := conn.Close(); err != nil {
			return err
		}
	}
	_, status, err := s.get(t, "/api/services")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	return err
}

// program returns the path of the program that the script build has made.
func program(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "ostrace-jaeger", "jaeger")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; build it with: test/jaeger/build", err)
	}
	return path
}

// freeAddresses returns addresses on which nothing listens, neither for TCP nor
// for UDP.
func freeAddresses(t testing.TB) [5]string {
	t.Helper()
	var addresses [5]string
	for i := range addresses {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close() //nolint:errcheck // it accepted nothing
		addresses[i] = listener.Addr().String()
	}
	return addresses
}
