// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"bytes"
	"unsafe"

	"golang.org/x/sys/windows"
)

// addSystem adds the certificates in the store of Windows for root certificates, as
// Python's ssl module reads it. Windows adds a root of its own program there only when
// a connection needs it for the first time.
func (r *Roots) addSystem([]string) {
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return
	}
	defer windows.CertCloseStore(store, 0)
	var c *windows.CertContext
	for {
		// This frees the certificate before.
		if c, err = windows.CertEnumCertificatesInStore(store, c); err != nil {
			return // there are no more
		}
		if c.EncodingType&windows.X509_ASN_ENCODING != 0 {
			r.addCertificate(bytes.Clone(unsafe.Slice(c.EncodedCert, c.Length)))
		}
	}
}
