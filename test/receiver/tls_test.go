// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/ostrace/ostrace/internal/testca"
)

// A RabbitMQ with TLS, which asks for a certificate of its clients, is read. What
// OSProfiler's own driver has sent over TLS arrives. If the configuration of TLS is
// wrong, the Collector's log says how.
func TestTLS(t *testing.T) {
	t.Parallel()
	authority, certificate, key := certificates(t)
	anotherAuthority, _, _ := certificates(t)
	port := freePort(t)
	r := startRabbitMQ(t,
		"listeners.ssl.1 = 127.0.0.1:"+port,
		"ssl_options.cacertfile = "+authority, "ssl_options.certfile = "+certificate, "ssl_options.keyfile = "+key,
		"ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true",
	)
	address := "127.0.0.1:" + port
	written := writePoints(t, "", serviceConfig(transportURL(address), fmt.Sprintf(
		"ssl = True\nssl_ca_file = %s\nssl_cert_file = %s\nssl_key_file = %s\n", authority, certificate, key)), 3)

	own := fmt.Sprintf("cert_file: %q, key_file: %q", certificate, key)
	for _, test := range []struct{ name, address, tls, says string }{
		{"another authority", address, fmt.Sprintf("tls: {ca_file: %q, %s}", anotherAuthority, own), "certificate signed by unknown authority"},
		{"another name", "localhost:" + port, fmt.Sprintf("tls: {ca_file: %q, %s}", authority, own), "wanted to match localhost"},
		{"no certificate", address, fmt.Sprintf("tls: {ca_file: %q}", authority), "certificate required"},
		{"no TLS", address, "", "if it expects TLS at this port, set tls"},
		{"TLS at the port without it", "127.0.0.1:" + r.port, fmt.Sprintf("tls: {ca_file: %q, %s}", authority, own), "first record does not look like a TLS handshake"},
		{"right", address, fmt.Sprintf("tls: {ca_file: %q, %s}", authority, own), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			back := startBackend(t)
			c := newCollector(t, "messaging://", fmt.Sprintf("    transport_url: %q\n    %s\n", transportURL(test.address), test.tls), back.url)
			c.start()
			if test.says != "" {
				eventually(t, "the log says "+test.says, func() bool { return c.process.says(test.says) })
				return
			}
			want := idsOf(t, written)
			eventually(t, "all spans arrive", func() bool { return maps.Equal(back.ids(), want) })
		})
	}
}

// certificates writes the certificate of an authority, and the authority's certificate
// for 127.0.0.1 with its key.
func certificates(t *testing.T) (authority, certificate, key string) {
	t.Helper()
	a, err := testca.New()
	if err != nil {
		t.Fatal(err)
	}
	certificatePEM, keyPEM, err := a.Sign("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "authority.pem", string(a.PEM())), writeFile(t, "certificate.pem", string(certificatePEM)), writeFile(t, "key.pem", string(keyPEM))
}
