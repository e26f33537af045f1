// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxLinks is how many symbolic links lead to a file at most, as in Linux.
const maxLinks = 40

// followLinks returns the file that a name leads to, which need not be there, as
// a shell's redirection follows symbolic links. Where everybody can make links,
// as in /tmp, it follows only those of the user and of the directory's owner: that
// is Linux's own rule (proc(5), protected_symlinks), which the kernel can't apply
// to a program that looks up the link's target by itself, and which some machines
// have switched off.
func followLinks(name string) (string, error) {
	for range maxLinks {
		link, err := os.Lstat(name)
		if err != nil || link.Mode().Type() != fs.ModeSymlink {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil // it will be made
			}
			return name, err
		}
		if err := checkLink(name, link); err != nil {
			return "", err
		}
		target, err := os.Readlink(name)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			// Not Join, for which a link and .. would be nothing.
			target = filepath.Dir(name) + string(filepath.Separator) + target
		}
		if !exists(os.Lstat(target)) && exists(os.Stat(name)) {
			return name, nil // as /proc/1/fd/1, which leads where its text does not
		}
		name = target
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

func exists(_ fs.FileInfo, err error) bool { return err == nil }

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
