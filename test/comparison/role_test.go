// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// The test's own program is the servers of the comparison, as the command is.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := serveRole(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The sink runs in a process group of its own, and ends when it is stopped.
func TestRole(t *testing.T) {
	pid, stop, err := startRole("sink")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("its process group is %d, not %d: %v", group, pid, err)
	}
	got, err := sinkRecorded()
	if err != nil || got.Bytes != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, stopSecond, err := startRole("sink"); err == nil {
		stopSecond()
		t.Error("a second sink listens at the same address")
	}
	stop()
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("it runs after it was stopped")
	}
}
