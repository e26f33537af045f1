// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/internal/testca"
)

// certificates writes the certificate of an authority, and the authority's
// certificate for a server at 127.0.0.1 with its key.
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
	dir := folder(t)
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		writeFile(t, path, content)
		return path
	}
	return write("authority.pem", a.PEM()), write("certificate.pem", certificatePEM), write("key.pem", keyPEM)
}

// TestTLS tests the checks of the server's certificate and its host, and the
// options that leave them out.
func TestTLS(t *testing.T) {
	t.Parallel()
	authority, certificate, key := certificates(t)
	other, _, _ := certificates(t)

	redisPort := freePorts(t, 1)[0]
	startRedis(t, "--tls-port", redisPort, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority, "--requirepass", password)
	mariadb := mariadbServer(t, "--ssl-cert="+certificate, "--ssl-key="+key, "--require-secure-transport=on")

	redis, sql := "rediss://:"+escaped+"@127.0.0.1:"+redisPort+"/0", mariadb.fresh(t)
	// The server's certificate is for an address; localhost is a name.
	const anyHost, noHost, unknown = "", "to match localhost", "unknown authority"
	pair := "&ssl_certfile=" + certificate + "&ssl_keyfile=" + key
	for _, c := range []struct {
		connection, options, host string
		// want is a part of the error. It is empty if there must be no error.
		want string
	}{
		{redis, "ssl_ca_certs=" + authority + pair, "127.0.0.1", ""},
		{redis, "ssl_ca_certs=" + authority + pair, "localhost", noHost},
		{redis, "ssl_ca_certs=" + authority + pair + "&ssl_check_hostname=false", "localhost", anyHost},
		{redis, "ssl_ca_certs=" + other + pair + "&ssl_check_hostname=false", "localhost", unknown},
		{redis, "ssl_ca_certs=" + other + pair, "127.0.0.1", unknown},
		{redis, "ssl_cert_reqs=required" + pair, "127.0.0.1", unknown},
		{redis, "ssl_cert_reqs=none" + pair, "localhost", anyHost},
		{redis, "ssl_ca_certs=" + authority, "127.0.0.1", "rediss://"}, // or the text for the end of the connection
		{sql, "ssl_ca=" + authority, "127.0.0.1", ""},
		{sql, "ssl_ca=" + authority, "localhost", noHost},
		{sql, "ssl_ca=" + authority + "&ssl_check_hostname=no", "localhost", anyHost},
		{sql, "ssl_ca=" + other + "&ssl_verify_identity=false", "localhost", unknown},
		{sql, "ssl_verify_identity=true", "127.0.0.1", unknown},
		{sql, "ssl_verify_cert=false", "localhost", anyHost},
		{sql, "ssl_disabled=true", "127.0.0.1", "Access denied"},
	} {
		connection := strings.Replace(c.connection, "@127.0.0.1:", "@"+c.host+":", 1) + "?" + c.options
		if c.want == "" {
			write(t, open(t, connection), point(t, baseID, 1, "")...)
			continue
		}
		if err := failure(t, open(t, connection), t.Context()); !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s at %s: %v does not say %q", c.options, c.host, err, c.want)
		}
	}
}
