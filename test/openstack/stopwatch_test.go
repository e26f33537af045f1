// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// If beStopwatch is set, the tests' program runs the command in its arguments,
// and prints the command's cost. It is a small separate process, because Linux
// counts the memory of the program that starts another one for that program
// too.
const beStopwatch = "BE_STOPWATCH"

// cost is the cost of a command.
type cost struct {
	Wall   time.Duration
	MaxRSS int64 // bytes
}

func stopwatch(command []string) error {
	c := exec.Command(command[0], command[1:]...)
	c.Stderr = os.Stderr
	begun := time.Now()
	if err := c.Run(); err != nil {
		return err
	}
	wall := time.Since(begun)
	return json.NewEncoder(os.Stdout).Encode(cost{wall, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10})
}

func stopwatchProgram(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// least returns the least of each figure, because other work of the machine
// only adds to them.
func least(costs []cost) cost {
	return cost{
		sorted(costs, func(c cost) time.Duration { return c.Wall })[0],
		sorted(costs, func(c cost) int64 { return c.MaxRSS })[0],
	}
}

func sorted[T cmp.Ordered](costs []cost, of func(cost) T) []T {
	var figures []T
	for _, c := range costs {
		figures = append(figures, of(c))
	}
	slices.Sort(figures)
	return figures
}

func summary(costs []cost) string {
	l := least(costs)
	median := sorted(costs, func(c cost) time.Duration { return c.Wall })[len(costs)/2]
	return fmt.Sprintf("took %v (median %v) and %.1f MiB", l.Wall.Round(time.Millisecond), median.Round(time.Millisecond), float64(l.MaxRSS)/(1<<20))
}
