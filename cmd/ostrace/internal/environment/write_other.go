// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package environment

import (
	"os"
	"path/filepath"
)

// write writes a file that only the user can read.
func (f *folder) write(name string, content []byte) (string, error) {
	path := filepath.Join(f.path, name)
	return path, os.WriteFile(path, content, 0o600)
}
