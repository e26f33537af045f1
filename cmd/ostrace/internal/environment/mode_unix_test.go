// SPDX-License-Identifier: Apache-2.0

//go:build unix

package environment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Only the user can read the files.
func TestModes(t *testing.T) {
	folder := t.TempDir()
	private := write(t, folder, "private.pem", certificate(t, "private"))
	clouds := write(t, folder, "clouds.yaml", []byte(strings.ReplaceAll(cloudsYAML, "PRIVATE", private)))
	e := prepare(t, []string{"OS_CLIENT_CONFIG_FILE=" + clouds}, Changes{})
	bundle, copied := lookup(e.Environ, "SSL_CERT_FILE"), lookup(e.Environ, "OS_CLIENT_CONFIG_FILE")
	for file, want := range map[string]os.FileMode{bundle: 0o600, copied: 0o600, filepath.Dir(bundle): 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}
