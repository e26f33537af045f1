// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxLinks is the largest number of symbolic links that are followed, as in
// Linux.
const maxLinks = 40

// followLinks returns the file to which a name leads, as a shell's redirection
// follows symbolic links. The file need not exist. In a directory in which
// everybody can make links, such as /tmp, it follows only links of the user and
// of the directory's owner.
func followLinks(name string) (string, error) {
	for range maxLinks {
		link, err := os.Lstat(name)
		if err != nil || link.Mode().Type() != fs.ModeSymlink {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil // the file will be made
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
		switch {
		case filepath.IsAbs(target):
		case target != "" && os.IsPathSeparator(target[0]): // on Windows, a path on the link's volume
			target = filepath.VolumeName(name) + target
		default:
			// Join would remove a link that is followed by "..", so it is not
			// used here.
			target = filepath.Dir(name) + string(filepath.Separator) + target
		}
		if !exists(os.Lstat(target)) && exists(os.Stat(name)) {
			return name, nil // such as /proc/1/fd/1, which does not lead to where its text says
		}
		name = target
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

func exists(_ fs.FileInfo, err error) bool { return err == nil }
