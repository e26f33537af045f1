// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkLink returns an error for another user's link in a directory in which
// everybody can make links. This is Linux's own rule (proc(5), protected_symlinks),
// but the kernel can't apply it to a program that looks up the link's target
// itself, and some machines have switched it off.
func checkLink(name string, link fs.FileInfo) error {
	directory, err := os.Stat(filepath.Dir(name))
	if err != nil {
		return err
	}
	if directory.Mode()&fs.ModeSticky == 0 || directory.Mode().Perm()&0o002 == 0 {
		return nil
	}
	owner := link.Sys().(*syscall.Stat_t).Uid
	if int(owner) == os.Geteuid() || owner == directory.Sys().(*syscall.Stat_t).Uid {
		return nil
	}
	return fmt.Errorf("%s is a symbolic link of another user in a directory that everybody can write to: name the file itself", name)
}
