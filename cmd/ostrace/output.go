// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// writeOutput calls write with stdout or, if there is a name other than -, with
// that file. The file keeps its old content unless everything was written
// before ctx ended. A device, a pipe or a descriptor such as /dev/stdout is
// written to directly.
func writeOutput(ctx context.Context, name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(stdout)
	}
	if n, ok := descriptor(name); ok {
		return writeDescriptor(name, n, write)
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

// replaceFile writes a file beside the target that only the user can read, and
// then puts it in the target's place. before is nil where there is no target
// yet.
func replaceFile(ctx context.Context, target string, before fs.FileInfo, write func(io.Writer) error) error {
	file, err := renameio.NewPendingFile(target, renameio.WithTempDir(filepath.Dir(target)), renameio.WithStaticPermissions(0o600))
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		failed.Path = target // the name that the user gave
	}
	if err != nil {
		return err
	}
	defer file.Cleanup() //nolint:errcheck // nothing to do about what is left
	// The file is removed at once, because a second signal ends the program.
	stop := context.AfterFunc(ctx, func() { _ = os.Remove(file.Name()) })
	defer stop()
	if err := write(writerUntil{ctx, file}); err != nil {
		return err
	}
	if err := file.Chmod(finishedMode(file.File, before)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

// umask returns the process's umask. It can't be read without setting it.
var umask = func() fs.FileMode {
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return fs.FileMode(mask).Perm()
}()

// finishedMode returns the mode of the old file, or that of any new file where
// there was no old one. It gives the file to the old owner and group, if this
// user may do that. It does not open the file to another group.
func finishedMode(file *os.File, before fs.FileInfo) fs.FileMode {
	if before == nil {
		return 0o666 &^ umask
	}
	mode := before.Mode().Perm()
	was, ok := before.Sys().(*syscall.Stat_t)
	if !ok {
		return mode
	}
	_ = file.Chown(int(was.Uid), -1) // only root may
	if file.Chown(-1, int(was.Gid)) != nil {
		mode &^= 0o070
	}
	return mode
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
