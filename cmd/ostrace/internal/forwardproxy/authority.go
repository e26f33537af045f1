// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"time"
)

const (
	// lifetime is the longest lifetime of a server's certificate that browsers
	// and operating systems accept.
	lifetime = 397 * 24 * time.Hour
	// clockSkew is the time by which this machine's clock may be set back while
	// the proxy runs.
	clockSkew = time.Hour
	// maxCertificates bounds the number of certificates that are kept. Clients
	// choose the names in them.
	maxCertificates = 1024
)

// authority is a certificate authority that lives in memory.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serverKey   *ecdsa.PrivateKey // all certificates share it

	mu     sync.Mutex
	issued map[string]*tls.Certificate
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := newTemplate("ostrace, for one run of one command")
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key, serverKey: serverKey, issued: map[string]*tls.Certificate{}}, nil
}

func newTemplate(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // crypto/rand never fails
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"ostrace"}, CommonName: name},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(lifetime - clockSkew),
	}
}

// pem returns the authority's certificate in PEM.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// forHost returns a certificate for a host, which is a name or an IP address.
func (a *authority) forHost(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if certificate := a.issued[host]; certificate != nil {
		return certificate, nil
	}
	name := host
	if len(name) > 64 { // the most that RFC 5280 allows in a common name
		name = ""
	}
	template := newTemplate(name)
	template.NotAfter = a.certificate.NotAfter
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.serverKey.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	certificate := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.serverKey}
	if len(a.issued) >= maxCertificates {
		clear(a.issued)
	}
	a.issued[host] = certificate
	return certificate, nil
}
