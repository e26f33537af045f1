// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// roleVariable is the environment variable that makes this program a server of the
// comparison. The servers are processes of their own, so that their processor time
// can be told from the client's.
const roleVariable = "OSTRACE_COMPARISON_ROLE"

// roles are the servers, with the address at which each listens.
var roles = map[string]struct {
	address string
	handler func() (http.Handler, error)
}{
	"sink":    {"127.0.0.1:4318", func() (http.Handler, error) { return newSink(), nil }},
	"gateway": {"127.0.0.1:4319", newGateway},
}

// startRole starts this program as a server, and returns its process id when it
// listens. It ends when stop is called.
func startRole(name string) (pid int, stop func(), err error) {
	program, err := os.Executable()
	if err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program) //nolint:gosec // this program
	command.Env = append(os.Environ(), roleVariable+"="+name)
	command.Stderr = os.Stderr
	// Each has a process group of its own, and does not end with Ctrl-C.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := command.StdoutPipe()
	if err == nil {
		_, err = command.StdinPipe() // it ends with this program, also if that is killed
	}
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		cancel()
		return 0, nil, err
	}
	stop = func() {
		cancel()
		_ = command.Wait() // it was killed
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || strings.TrimSpace(line) != roles[name].address {
		stop()
		return 0, nil, errors.Join(fmt.Errorf("the %s does not listen at %s", name, roles[name].address), err)
	}
	return command.Process.Pid, stop, nil
}

// serveRole runs in the started program until it is killed, or until its standard input
// ends, which is when the program that started it has ended.
func serveRole(name string) error {
	role, ok := roles[name]
	if !ok {
		return fmt.Errorf("there is no role %q", name)
	}
	handler, err := role.handler()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", role.address)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, role.address)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nobody writes to it
		os.Exit(0)
	}()
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}
