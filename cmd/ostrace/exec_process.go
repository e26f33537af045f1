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

// passedOn are the signals that ostrace passes on to the program.
var passedOn = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2}

// ended is a program that has ended.
type ended struct {
	pid int
	// status is the exit status as a shell shows it. For a program that a signal
	// ended, it is 128 plus the number of the signal.
	status int
	signal syscall.Signal // 0 if no signal ended the program
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

// fromTerminal reports whether a terminal has sent a signal. A terminal sends it to
// all processes in its foreground, and so to the program too. The program must get
// it only once, because many programs stop at once at the second one.
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

// failure returns the error that is recorded for a program that failed, or nil.
func (e ended) failure() error {
	if e.status == 0 {
		return nil
	}
	return &endedError{e}
}

// endedError is the error of a program that failed. ostrace does not print it.
type endedError struct{ ended }

func (e *endedError) Error() string {
	if e.signal != 0 {
		return "ended by the signal " + unix.SignalName(e.signal)
	}
	return fmt.Sprintf("exit status %d", e.status)
}

// ErrorType returns the value for the span's attribute error.type.
func (e *endedError) ErrorType() string {
	if e.signal != 0 {
		return unix.SignalName(e.signal)
	}
	return strconv.Itoa(e.status)
}

// end ends this process by the signal that ended the program, if that signal leaves
// nothing behind, such as a core dump. A shell ends its loop after a program that
// Ctrl-C ended, but not after a program that only has the exit status for that.
func (e *endedError) end() {
	if slices.Contains([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}, e.signal) {
		signal.Reset(e.signal)
		_ = syscall.Kill(os.Getpid(), e.signal)
	}
}

// without returns an environment without the variables with these names.
func without(environ, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, name)
	})
}
