// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeOutput calls write with stdout or, if there is a name other than -, with
// that file. The file keeps its old content unless everything was written
// before ctx ended. A device, a pipe or a descriptor such as /dev/stdout is
// written to directly.
func writeOutput(ctx context.Context, name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(stdout)
	}
	switch file, err := openDescriptor(name); {
	case err != nil:
		return err
	case file != nil:
		return errors.Join(write(file), file.Close())
	}
	target, err := followLinks(name)
	if err != nil {
		return err
	}
	before, err := os.Stat(target)
	if err == nil && !before.Mode().IsRegular() {
		return writeDevice(ctx, target, write)
	}
	return replaceFile(ctx, target, before, write)
}

// replaceFile writes a file beside the target, which on Unix only the user can
// read, and then puts it in the target's place. before is nil where there is no
// target yet.
func replaceFile(ctx context.Context, target string, before fs.FileInfo, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"*") // its mode is 0600
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		failed.Path = target // the name that the user gave
	}
	if err != nil {
		return err
	}
	// The file is removed at once, because a second signal ends the program. Windows
	// does not remove a file that is open.
	stop := context.AfterFunc(ctx, func() { _ = os.Remove(file.Name()) })
	defer stop()
	replaced := false
	defer func() {
		if !replaced {
			_ = os.Remove(file.Name())
		}
	}()
	if err := finish(ctx, file, before, write); err != nil {
		return err
	}
	err = os.Rename(file.Name(), target)
	replaced = err == nil
	return err
}

// finish writes a file, and closes it.
func finish(ctx context.Context, file *os.File, before fs.FileInfo, write func(io.Writer) error) error {
	defer file.Close()
	if err := write(writerUntil{ctx, file}); err != nil {
		return err
	}
	if err := setPermissions(file, before); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A machine that loses its power after the rename must not have an empty file.
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// writerUntil writes until ctx ends.
type writerUntil struct {
	ctx context.Context
	io.Writer
}

func (w writerUntil) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}
