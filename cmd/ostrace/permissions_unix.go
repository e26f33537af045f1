// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// setPermissions gives a finished file its permissions. before is the file in whose
// place it is put, or nil.
func setPermissions(file *os.File, before fs.FileInfo) error {
	return file.Chmod(finishedMode(file, before))
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
