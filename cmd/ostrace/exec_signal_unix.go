// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// handled are the signals that do not end ostrace while the program runs. They are
// passed on to the program.
var handled = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2}

// passOn passes a signal on to the program, unless the program has it already.
func passOn(program *os.Process, s os.Signal) {
	if !fromTerminal(s) {
		_ = program.Signal(s) // it may have ended
	}
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

func signalName(s syscall.Signal) string { return unix.SignalName(s) }

// end ends this process by the signal that ended the program, if that signal leaves
// nothing behind, such as a core dump. A shell ends its loop after a program that
// Ctrl-C ended, but not after a program that only has the exit status for that.
func (e *endedError) end() {
	if slices.Contains([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}, e.signal) {
		signal.Reset(e.signal)
		_ = syscall.Kill(os.Getpid(), e.signal)
	}
}
