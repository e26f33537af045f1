// SPDX-License-Identifier: Apache-2.0

package environment

import "os"

// folder holds files that only the user can read.
type folder struct {
	path  string
	files []*os.File // the files to which the links in the folder lead
}

func newFolder() (*folder, error) {
	path, err := os.MkdirTemp("", "ostrace-exec-") // its mode is 0700
	if err != nil {
		return nil, err
	}
	return &folder{path: path}, nil
}

func (f *folder) remove() {
	_ = os.RemoveAll(f.path)
	for _, file := range f.files {
		_ = file.Close()
	}
}
