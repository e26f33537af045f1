// SPDX-License-Identifier: Apache-2.0

//go:build unix

package environment

import "testing"

// Without SSL_CERT_FILE the bundle has the system's roots, from a file or a folder.
func TestSystemRoots(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.pem", certificate(t, "in the folder"))
	file := write(t, folder, "file", certificate(t, "in the file"))
	oldFiles, oldFolders := rootFiles, rootFolders
	defer func() { rootFiles, rootFolders = oldFiles, oldFolders }()
	for name, test := range map[string]struct {
		files, folders, environ []string
		want                    int
	}{
		"a file":          {[]string{"/no/such", file, file}, []string{folder}, nil, 1},
		"a folder":        {[]string{"/no/such"}, []string{folder}, nil, 2},
		"a folder of his": {[]string{"/no/such"}, nil, []string{"SSL_CERT_DIR=/no/such:" + folder}, 2},
		"nothing":         {nil, nil, nil, 0},
	} {
		rootFiles, rootFolders = test.files, test.folders
		roots := ReadRoots(test.environ)
		if len(roots.have) != test.want {
			t.Errorf("%s: %d certificates", name, len(roots.have))
		}
	}
}
