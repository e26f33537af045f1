// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"syscall"
)

// handled are the signals that do not end ostrace while the program runs: Go makes
// an interrupt of Ctrl-C and Ctrl-Break, and SIGTERM when the console is closed.
var handled = []os.Signal{os.Interrupt, syscall.SIGTERM}

// passOn does nothing, because the console sends these events to all its programs.
func passOn(*os.Process, os.Signal) {}

// signalName returns the name of a signal. No signal ends a program on Windows.
func signalName(s syscall.Signal) string { return s.String() }

// end does nothing, because no signal has ended the program.
func (e *endedError) end() {}
