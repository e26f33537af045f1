// SPDX-License-Identifier: Apache-2.0

//go:build unix

package environment

import (
	"os"
	"path/filepath"
)

// link adds a link to a file in another place.
func (f *folder) link(name, target string) error {
	absolute, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	return os.Symlink(absolute, filepath.Join(f.path, name))
}
