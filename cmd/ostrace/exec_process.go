// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// passedOn are the signals that the program gets in place of ostrace.
var passedOn = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2}

// ended is a program that has ended.
type ended struct {
	pid int
	// status is the exit status, as the shell has it: 128 and the signal's number
	// for a program that a signal ended.
	status int
	signal syscall.Signal // 0 for none
}

// runCommand runs a program until it ends, and passes signals on to it. The error
// says that it could not be started.
func runCommand(path string, args, environ []string, s streams) (ended, error) {
	command := &exec.Cmd{Path: path, Args: args, Env: environ, Stdin: s.in, Stdout: s.out, Stderr: s.err}
	signals := make(chan os.Signal, 16)
	if wanted := slices.DeleteFunc(slices.Clone(passedOn), signal.Ignored); len(wanted) > 0 {
		signal.Notify(signals, wanted...)
		defer signal.Stop(signals)
	}
	if err := command.Start(); err != nil {
		return ended{}, fmt.Errorf("%s can't be run: %w", args[0], err)
	}
	done := make(chan struct{})
	passing := make(chan struct{})
	go func() {
		defer close(passing)
		for {
			select {
			case s := <-signals:
				if !fromTerminal(s) {
					_ = command.Process.Signal(s) // it may have ended
				}
			case <-done:
				return
			}
		}
	}()
	_ = command.Wait() // the state says how it ended
	close(done)
	<-passing
	e := ended{pid: command.Process.Pid, status: command.ProcessState.ExitCode()}
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.signal = status.Signal()
		e.status = 128 + int(e.signal)
	}
	return e, nil
}

// fromTerminal reports whether a signal is one that a terminal sends to all
// processes in its foreground, and so to the program too, which is to get it once:
// many stop at once at the second.
func fromTerminal(s os.Signal) bool {
	if s != syscall.SIGINT && s != syscall.SIGQUIT {
		return false
	}
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	foreground, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

// failure returns what is recorded of a program that did not succeed.
func (e ended) failure() error {
	if e.status == 0 {
		return nil
	}
	return &endedError{e}
}

// endedError is the error of a program that did not succeed, about which ostrace
// says nothing more.
type endedError struct{ ended }

func (e *endedError) Error() string {
	if e.signal != 0 {
		return "ended by the signal " + unix.SignalName(e.signal)
	}
	return fmt.Sprintf("exit status %d", e.status)
}

// ErrorType is the span's error.type.
func (e *endedError) ErrorType() string {
	if e.signal != 0 {
		return unix.SignalName(e.signal)
	}
	return strconv.Itoa(e.status)
}

// end ends this process as the program ended: by the same signal, where that leaves
// nothing else behind. A shell ends its loop for a program that Ctrl-C ended, and
// not for one that has the exit status for that.
func (e *endedError) end() {
	if slices.Contains([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}, e.signal) {
		signal.Reset(e.signal)
		_ = syscall.Kill(os.Getpid(), e.signal)
	}
}

// without returns an environment without some variables.
func without(environ, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, name)
	})
}
