// SPDX-License-Identifier: Apache-2.0

package main

import (
	"syscall"
	"time"
)

// processorTime returns the processor time that this process has used so far.
// Windows counts it in steps of 15 ms.
func processorTime() time.Duration {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(process, &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return spanOf(kernel) + spanOf(user)
}

// spanOf returns a duration that Windows has written as a time, in units of 100 ns.
func spanOf(t syscall.Filetime) time.Duration {
	return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * 100
}
