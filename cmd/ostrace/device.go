// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"os"
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
