// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"syscall"
)

// writeDevice writes to a file that can't be replaced, such as a pipe. It waits
// for a pipe's reader until ctx ends.
func writeDevice(ctx context.Context, name string, write func(io.Writer) error) error {
	type opened struct {
		file *os.File
		err  error
	}
	ready := make(chan opened, 1)
	go func() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		ready <- opened{file, err}
	}()
	select {
	case device := <-ready:
		if device.err != nil {
			return device.err
		}
		return errors.Join(write(device.file), device.file.Close())
	case <-ctx.Done():
		return ctx.Err()
	}
}

var descriptorName = regexp.MustCompile(`^(?:/dev|/proc/self)/fd/([0-9]{1,9})$`)

// descriptor returns the number of the open file that a name such as
// /dev/stdout means. If the file were opened by its name, it would be
// truncated, and its content lost.
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

func writeDescriptor(name string, n int, write func(io.Writer) error) error {
	own, err := syscall.Dup(n)
	if err != nil {
		return &os.PathError{Op: "open", Path: name, Err: err}
	}
	file := os.NewFile(uintptr(own), name)
	return errors.Join(write(file), file.Close())
}
