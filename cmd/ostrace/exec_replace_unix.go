// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"fmt"
	"syscall"
)

// replaceProcess replaces this process by a program. It returns only if that
// fails.
func replaceProcess(path string, args, environ []string, _ streams) error {
	return &execError{exitNotExecutable, fmt.Errorf("%s can't be run: %w", args[0], syscall.Exec(path, args, environ))} //nolint:gosec // the user asked for this command
}
