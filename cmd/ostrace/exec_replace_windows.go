// SPDX-License-Identifier: Apache-2.0

package main

// replaceProcess runs a program, and returns its failure when it has ended. Windows
// can't replace a process by another one.
func replaceProcess(path string, args, environ []string, s streams) error {
	ended, err := runCommand(path, args, environ, s)
	if err != nil {
		return &execError{exitNotExecutable, err}
	}
	return ended.failure()
}
