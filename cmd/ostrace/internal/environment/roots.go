// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The variables that name certificates.
var rootVariables = []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "OS_CACERT"}

// Roots are the certificates that a program trusts.
type Roots struct {
	// Notes say which certificates could not be read, and why.
	Notes []string

	blocks bytes.Buffer // PEM
	have   map[string]bool
}

// ReadRoots reads the certificates that programs in this environment trust. They
// are the system's roots, unless SSL_CERT_FILE is set, the certificates that the
// environment variables name, and those that clouds.yaml names.
func ReadRoots(environ []string) *Roots {
	r := &Roots{have: map[string]bool{}}
	if lookup(environ, "SSL_CERT_FILE") == "" {
		r.addSystem(environ)
	}
	for _, name := range rootVariables {
		if file := lookup(environ, name); file != "" {
			r.add(name, file)
		}
	}
	for _, file := range readClouds(environ).certificates() {
		r.add("cacert in clouds.yaml", file)
	}
	return r
}

// Pool returns the certificates for a client's tls.Config, together with the
// system's roots.
func (r *Roots) Pool() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(r.blocks.Bytes())
	return pool
}

func (r *Roots) add(source, path string) {
	err := r.addFile(path)
	if info, failed := os.Stat(path); failed == nil && info.IsDir() { // requests accepts a folder
		err = r.addFolder(path)
	}
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("%s names certificates that can't be read: %s", source, err))
	}
}

func (r *Roots) addFolder(path string) error {
	entries, err := os.ReadDir(path)
	for _, entry := range entries {
		_ = r.addFile(filepath.Join(path, entry.Name()))
	}
	return err
}

func (r *Roots) addFile(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for {
		var block *pem.Block
		block, content = pem.Decode(content)
		if block == nil {
			return nil
		}
		if block.Type == certificateType {
			r.addCertificate(block.Bytes)
		}
	}
}

const certificateType = "CERTIFICATE"

// addCertificate adds a certificate, unless it is there already.
func (r *Roots) addCertificate(der []byte) {
	if r.have[string(der)] {
		return
	}
	r.have[string(der)] = true
	_ = pem.Encode(&r.blocks, &pem.Block{Type: certificateType, Bytes: der})
}

// lookup returns the value of a variable. If the variable occurs more than once,
// the last value is used, as in os/exec.
func lookup(environ []string, name string) string {
	value := ""
	for _, entry := range environ {
		if n, v, ok := strings.Cut(entry, "="); ok && sameName(n, name) {
			value = v
		}
	}
	return value
}
