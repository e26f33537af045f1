// SPDX-License-Identifier: Apache-2.0

// Package caddyproc runs the Caddy that the script build has made.
package caddyproc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const limit = 30 * time.Second

// Caddy is a process.
type Caddy struct {
	// PID is the process's id.
	PID int

	folder string
	ended  chan struct{}
	end    context.CancelFunc
	output lockedBuffer
}

// Start starts Caddy with a Caddyfile, in its own environment with the variables
// in env. It returns when Caddy accepts connections at address.
func Start(caddyfile string, env []string, address string) (*Caddy, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(cache, "ostrace-gateway", "caddy")
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("%w; make it with: test/gateway/build", err)
	}
	folder, err := os.MkdirTemp("", "ostrace-caddy-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Caddy{folder: folder, ended: make(chan struct{}), end: cancel}
	file := filepath.Join(folder, "Caddyfile")
	if err := os.WriteFile(file, []byte(caddyfile), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	command := exec.CommandContext(ctx, program, "run", "--config", file) //nolint:gosec // the script build has made it
	command.Env = append([]string{"HOME=" + folder, "XDG_CONFIG_HOME=" + folder, "XDG_DATA_HOME=" + folder}, env...)
	command.Stdout, command.Stderr = &c.output, &c.output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = limit // after this time it is killed
	if err := command.Start(); err != nil {
		cancel()
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	c.PID = command.Process.Pid
	go func() {
		_ = command.Wait() // its status is that of the signal
		close(c.ended)
	}()
	if err := c.listens(address); err != nil {
		c.Stop()
		return nil, fmt.Errorf("%w:\n%s", err, c.output.String())
	}
	return c, nil
}

func (c *Caddy) listens(address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-c.ended:
			return errors.New("Caddy ended")
		case <-deadline:
			return fmt.Errorf("Caddy does not listen: %w", err)
		case <-tick.C:
		}
	}
}

// RootCertificate returns the root certificate, in PEM, that Caddy made for the
// option local_certs.
func (c *Caddy) RootCertificate() ([]byte, error) {
	return os.ReadFile(filepath.Join(c.folder, "caddy/pki/authorities/local/root.crt"))
}

// Log returns the text that Caddy has written.
func (c *Caddy) Log() string { return c.output.String() }

// Stop ends the process, waits until it has ended, and removes its files.
func (c *Caddy) Stop() {
	c.end()
	<-c.ended
	_ = os.RemoveAll(c.folder) // a folder for temporary files is cleaned up anyway
}

// FreeAddress returns an address of 127.0.0.1 at which nobody listens.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
