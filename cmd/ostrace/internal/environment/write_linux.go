// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// write writes a file whose content is in memory. The content is gone when this
// process has ended. The folder has a link to the file.
func (f *folder) write(name string, content []byte) (string, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return "", fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), name)
	f.files = append(f.files, file)
	if err := file.Chmod(0o600); err != nil {
		return "", err
	}
	if _, err := file.Write(content); err != nil {
		return "", err
	}
	path := filepath.Join(f.path, name)
	return path, os.Symlink(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), path)
}
