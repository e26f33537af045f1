// SPDX-License-Identifier: Apache-2.0

//go:build unix

package environment

import "strings"

// The places of the system's roots, as in the package crypto/x509, and that of macOS,
// where the package asks the system.
var (
	rootFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
	}
	rootFolders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
)

// addSystem adds the system's roots.
func (r *Roots) addSystem(environ []string) {
	for _, file := range rootFiles {
		if r.addFile(file) == nil {
			return
		}
	}
	folders := rootFolders
	if named := lookup(environ, "SSL_CERT_DIR"); named != "" {
		folders = strings.Split(named, ":")
	}
	for _, folder := range folders {
		_ = r.addFolder(folder) // crypto/x509 ignores this error too
	}
}
