package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// writeOutput has write write to stdout or, if there is a name other than -, to
// that file, which keeps what it had unless everything could be written before
// ctx ended.
func writeOutput(ctx context.Context, name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(stdout)
	}
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		target = name
	} else if err != nil {
		return err
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return writeDevice(target, write)
	}
	file, err := renameio.NewPendingFile(target, renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer file.Cleanup() //nolint:errcheck // nothing to do about what is left
	if err := write(writerUntil{ctx, file}); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
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

// writeDevice writes to what can't be replaced, such as /dev/stdout or a pipe.
func writeDevice(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
