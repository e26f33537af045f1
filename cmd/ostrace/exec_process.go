// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
)

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
	if wanted := slices.DeleteFunc(slices.Clone(handled), signal.Ignored); len(wanted) > 0 {
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
				passOn(command.Process, s)
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
		return "ended by the signal " + signalName(e.signal)
	}
	return "exit status " + e.statusText()
}

// ErrorType returns the value for the span's attribute error.type.
func (e *endedError) ErrorType() string {
	if e.signal != 0 {
		return signalName(e.signal)
	}
	return e.statusText()
}

// statusText returns the exit status as a number. Windows ends programs with statuses
// such as 0xc000013a for Ctrl-C, which everybody writes in this form.
func (e *endedError) statusText() string {
	if status := uint32(e.status); status > 0xffff {
		return fmt.Sprintf("%#x", status)
	}
	return strconv.Itoa(e.status)
}
