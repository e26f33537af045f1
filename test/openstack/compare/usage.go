// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// usage has the resources that a process used.
type usage struct {
	cpu, wall time.Duration
	memory    int64 // the maximum, in bytes
}

// measure runs a command and returns its usage and its standard error.
func measure(args []string) (usage, string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // this program chooses them
	cmd.Env = environment(os.Environ())
	cmd.Stderr = &stderr
	started := time.Now()
	err := cmd.Run()
	wall := time.Since(started)
	if err != nil {
		return usage{}, "", fmt.Errorf("%w\n%s", err, &stderr)
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	// A process begins as a copy of this one, and Linux counts the memory of
	// the copy too.
	if own, err := peakMemory(); err != nil || used.Maxrss <= own {
		return usage{}, "", errors.Join(fmt.Errorf("its %d kB of memory can't be distinguished from this program's %d", used.Maxrss, own), err)
	}
	return usage{
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		wall:   wall,
		memory: used.Maxrss * 1024, // Linux counts in kB
	}, stderr.String(), nil
}

// peakMemory returns the largest amount of memory, in kB, that this program has
// had.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(string(status), "\nVmHWM:")
	var kB int64
	_, err = fmt.Sscan(value, &kB)
	return kB, err
}

// environment returns the cloud's variables. It leaves out everything that
// could disturb a command, such as another Python or a proxy.
func environment(all []string) []string {
	own := []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	for _, entry := range all {
		if strings.HasPrefix(entry, "OS_") && !strings.HasPrefix(entry, "OS_PROFILE") || strings.HasPrefix(entry, "HOME=") {
			own = append(own, entry)
		}
	}
	return own
}

var traceIDLine = regexp.MustCompile(`(?m)^Trace ID: ([0-9a-f-]{36})$`)

// traceID returns the base_id that a command printed, or an empty text.
func traceID(stderr string) string {
	match := traceIDLine.FindStringSubmatch(stderr)
	if match == nil {
		return ""
	}
	return match[1]
}
