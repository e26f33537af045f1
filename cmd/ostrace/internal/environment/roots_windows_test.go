// SPDX-License-Identifier: Apache-2.0

package environment

import "testing"

// Without SSL_CERT_FILE the bundle has the roots in Windows' store.
func TestSystemRoots(t *testing.T) {
	e := prepare(t, nil, Changes{CertificatePEM: certificate(t, "proxy")})
	if got := names(t, lookup(e.Environ, "SSL_CERT_FILE")); len(got) < 10 || got[0] != "proxy" {
		t.Errorf("the bundle has %q", got)
	}
}
