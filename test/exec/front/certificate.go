// SPDX-License-Identifier: Apache-2.0

package front

import (
	"crypto/tls"

	"github.com/ostrace/ostrace/internal/testca"
)

// newCertificate makes a certificate for all names of the front. It also returns the
// certificate, as PEM, of the authority that signed it. The authority's key does not
// sign any other certificate.
func newCertificate() (server tls.Certificate, authority []byte, err error) {
	a, err := testca.New()
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	var names []string
	for _, serviceType := range serviceTypes {
		names = append(names, serviceType+domain)
	}
	certificate, key, err := a.Sign(names...)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	server, err = tls.X509KeyPair(certificate, key)
	return server, a.PEM(), err
}
