// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"os"
	"regexp"
	"strconv"
	"syscall"
)

var descriptorName = regexp.MustCompile(`^(?:/dev|/proc/self)/fd/([0-9]{1,9})$`)

// openDescriptor opens the open file that a name such as /dev/stdout means. It
// returns nil for any other name. If the file were opened by its name, it would be
// truncated, and its content lost.
func openDescriptor(name string) (*os.File, error) {
	n, ok := descriptor(name)
	if !ok {
		return nil, nil
	}
	own, err := syscall.Dup(n)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(own), name), nil
}

func descriptor(name string) (int, bool) {
	switch name {
	case "/dev/stdout":
		return int(os.Stdout.Fd()), true
	case "/dev/stderr":
		return int(os.Stderr.Fd()), true
	}
	match := descriptorName.FindStringSubmatch(name)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[1])
	return n, err == nil
}
