// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
)

// TLS has the TLS options of a connection string. The files are PEM. Where no
// Authorities are given, the machine's authorities are used.
type TLS struct {
	Authorities, Certificate, Key string
	// SkipHost checks the certificate's authority, but not its name; SkipAll
	// checks nothing.
	SkipHost, SkipAll bool
}

// Config returns the configuration for a server's host name.
func (s String) Config(t TLS, host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.Authorities != "" {
		pem, err := os.ReadFile(t.Authorities)
		if err != nil {
			return nil, s.Wrap(err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, s.Errorf("%s has no certificate in PEM", t.Authorities)
		}
	}
	if t.Certificate != "" || t.Key != "" {
		// Python takes a certificate and its key from one file too.
		key := t.Key
		if key == "" {
			key = t.Certificate
		}
		pair, err := tls.LoadX509KeyPair(t.Certificate, key)
		if err != nil {
			return nil, s.Wrap(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if t.SkipAll || t.SkipHost {
		config.InsecureSkipVerify = true // the connection string asks for it, as Python's clients allow
	}
	if t.SkipHost && !t.SkipAll {
		config.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the server has no certificate")
			}
			intermediates := x509.NewCertPool()
			for _, certificate := range state.PeerCertificates[1:] {
				intermediates.AddCert(certificate)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: config.RootCAs, Intermediates: intermediates})
			return err
		}
	}
	return config, nil
}
