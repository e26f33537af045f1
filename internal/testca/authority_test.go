// SPDX-License-Identifier: Apache-2.0

package testca_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/ostrace/ostrace/internal/testca"
)

// A certificate is good for the hosts that it was signed for, as a server's and as a
// client's, and only for those who trust the authority.
func TestSign(t *testing.T) {
	authority, other := newAuthority(t), newAuthority(t)
	certificate, key, err := authority.Sign("cloud.test", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		trusts *testca.Authority
		host   string
		good   bool
	}{
		{authority, "cloud.test", true},
		{authority, "127.0.0.1", true},
		{authority, "localhost", false},
		{other, "cloud.test", false},
	} {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(test.trusts.PEM()) {
			t.Fatal("the authority's certificate is not PEM")
		}
		for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
			_, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: test.host, KeyUsages: []x509.ExtKeyUsage{usage}})
			if (err == nil) != test.good {
				t.Errorf("%s: %v", test.host, err)
			}
		}
	}
}

func newAuthority(t *testing.T) *testca.Authority {
	t.Helper()
	a, err := testca.New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}
