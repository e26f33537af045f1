// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gophercloudconfig "github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
)

// certificate returns a certificate in PEM.
func certificate(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func write(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// names returns the common names of the certificates in a file.
func names(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for {
		var block *pem.Block
		block, content = pem.Decode(content)
		if block == nil {
			return all
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c.Subject.CommonName)
	}
}

func prepare(t *testing.T, environ []string, changes Changes) *Environment {
	t.Helper()
	setTempDir(t, t.TempDir())
	changes.Proxy = &url.URL{Scheme: "http", User: url.UserPassword("ostrace", "secret"), Host: "127.0.0.1:1234"}
	if changes.Cloud == nil {
		changes.Cloud = &url.URL{Scheme: "https", Host: "keystone.example:5000"}
	}
	e, err := New(environ, ReadRoots(environ), changes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Remove)
	return e
}

// setTempDir sets the folder for temporary files, by the variables that Unix and
// Windows have for it.
func setTempDir(t *testing.T, folder string) {
	t.Helper()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
}

func TestVariables(t *testing.T) {
	ca := certificate(t, "proxy")
	e := prepare(t, []string{
		"PATH=/bin", "HTTPS_PROXY=http://user.example", "https_proxy=http://user.example", "OS_PROFILE=KEY", "EMPTY=", "odd",
		"TRACEPARENT=old", "NO_PROXY=.example,localhost",
	}, Changes{CertificatePEM: ca, Set: map[string]string{"TRACEPARENT": "new"}, Unset: []string{"OS_PROFILE"}})
	for name, want := range map[string]string{
		"PATH": "/bin", "HTTPS_PROXY": "http://ostrace:secret@127.0.0.1:1234", "https_proxy": "http://ostrace:secret@127.0.0.1:1234",
		"HTTP_PROXY": "http://ostrace:secret@127.0.0.1:1234", "http_proxy": "http://ostrace:secret@127.0.0.1:1234",
		"NODE_USE_ENV_PROXY": "1", "TRACEPARENT": "new", "NO_PROXY": "localhost",
	} {
		if got := lookup(e.Environ, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	unset := []string{"OS_PROFILE", "OS_CLIENT_CONFIG_FILE"}
	if !sameName("NO_PROXY", "no_proxy") {
		unset = append(unset, "no_proxy")
	}
	for _, name := range unset {
		if slices.ContainsFunc(e.Environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") }) {
			t.Errorf("%s is set", name)
		}
	}
	if !slices.Contains(e.Environ, "EMPTY=") || !slices.Contains(e.Environ, "odd") {
		t.Error("what is not changed is not there")
	}
	seen := map[string]bool{}
	for _, entry := range e.Environ {
		name, _, _ := strings.Cut(entry, "=")
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
	}
}

// Every variable names one bundle, with the proxy's certificate first.
func TestBundle(t *testing.T) {
	folder := t.TempDir()
	rehashed := filepath.Join(folder, "rehashed")
	if err := os.Mkdir(rehashed, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, rehashed, "a.pem", certificate(t, "in a folder"))
	system := write(t, folder, "system", slices.Concat([]byte("# a comment\n"), certificate(t, "system"), certificate(t, "system 2")))
	private := certificate(t, "private")
	environ := []string{
		"SSL_CERT_FILE=" + system, "OS_CACERT=" + write(t, folder, "private", private),
		"CURL_CA_BUNDLE=" + write(t, folder, "the same", private), "REQUESTS_CA_BUNDLE=" + rehashed, "NODE_EXTRA_CA_CERTS=/no/such/file",
	}
	e := prepare(t, environ, Changes{CertificatePEM: certificate(t, "proxy")})
	bundle := lookup(e.Environ, "SSL_CERT_FILE")
	for _, name := range rootVariables {
		if lookup(e.Environ, name) != bundle {
			t.Errorf("%s is %s", name, lookup(e.Environ, name))
		}
	}
	if got := strings.Join(names(t, bundle), ", "); got != "proxy, system, system 2, in a folder, private" {
		t.Errorf("the bundle has %s", got)
	}
	roots := ReadRoots(environ)
	if len(roots.Notes) != 1 || !strings.Contains(roots.Notes[0], "NODE_EXTRA_CA_CERTS") {
		t.Errorf("notes %q", roots.Notes)
	}
	block, _ := pem.Decode(private)
	c, _ := x509.ParseCertificate(block.Bytes)
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots.Pool()}); err != nil {
		t.Errorf("the pool lacks one: %v", err)
	}
	e.Remove()
	if _, err := os.Lstat(filepath.Dir(bundle)); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

const cloudsYAML = `# a comment
shared: &shared
  cacert: PRIVATE
  region_name: R1
clouds:
  mine:
    <<: *shared
    auth: {auth_url: "https://keystone.example:5000/v3", username: me, project_name: p, user_domain_name: d}
  other:
    cacert: /no/such/file
    auth: {auth_url: "https://other.example:5000/v3", password: other}
  none:
    cacert: ""
    auth: {auth_url: "https://none.example:5000/v3"}
`

// A copy of clouds.yaml names the bundle, and secure.yaml is beside the copy too.
func TestClouds(t *testing.T) {
	folder := t.TempDir()
	private := write(t, folder, "private.pem", certificate(t, "private"))
	file := write(t, folder, "clouds.yaml", []byte(strings.ReplaceAll(cloudsYAML, "PRIVATE", private)))
	write(t, folder, "secure.yaml", []byte("clouds: {mine: {auth: {password: secret}}}\n"))
	e := prepare(t, []string{"OS_CLIENT_CONFIG_FILE=" + file}, Changes{CertificatePEM: certificate(t, "proxy")})
	copied := lookup(e.Environ, "OS_CLIENT_CONFIG_FILE")
	if copied == file {
		t.Fatal("there is no copy")
	}
	bundle := lookup(e.Environ, "OS_CACERT")
	if got := names(t, bundle); !slices.Contains(got, "private") || got[0] != "proxy" {
		t.Errorf("the bundle has %s", got)
	}
	content, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	quoted := strconv.Quote(bundle) // as in YAML
	if strings.Contains(string(content), private) || !strings.Contains(string(content), quoted) || !strings.Contains(string(content), "/no/such/file") {
		t.Errorf("the copy is\n%s", content)
	}
	t.Setenv("OS_CLIENT_CONFIG_FILE", copied)
	auth, endpoint, config, err := gophercloudconfig.Parse(gophercloudconfig.WithCloudName("mine"))
	if err != nil {
		t.Fatal(err)
	}
	if auth.IdentityEndpoint != "https://keystone.example:5000/v3" || auth.Username != "me" || auth.Password != "secret" || endpoint.Region != "R1" || config.RootCAs == nil {
		t.Errorf("gophercloud reads %+v %+v", auth, endpoint)
	}
	original, err := os.ReadFile(file)
	if err != nil || string(original) != strings.ReplaceAll(cloudsYAML, "PRIVATE", private) {
		t.Error("the file itself has changed")
	}
}

// A clouds.yaml that does not name certificates is not copied.
func TestCloudsWithoutCertificates(t *testing.T) {
	for name, content := range map[string]string{
		"none":      "clouds: {mine: {auth: {}}}",
		"a missing": "clouds: {mine: {cacert: /no/such/file}}",
		"null":      "clouds: {mine: {cacert: }}",
		"no YAML":   "clouds: {",
		"empty":     "",
	} {
		file := write(t, t.TempDir(), "clouds.yaml", []byte(content))
		e := prepare(t, []string{"OS_CLIENT_CONFIG_FILE=" + file}, Changes{})
		if got := lookup(e.Environ, "OS_CLIENT_CONFIG_FILE"); got != file {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The file is the same that OpenStack's clients find.
func TestCloudsInTheirPlaces(t *testing.T) {
	home, config, here := t.TempDir(), t.TempDir(), t.TempDir()
	t.Chdir(here)
	private := write(t, home, "private.pem", certificate(t, "private"))
	content := []byte("clouds: {mine: {cacert: ~/private.pem}}")
	if err := os.MkdirAll(filepath.Join(home, ".config", "openstack"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(config, "openstack"), 0o700); err != nil {
		t.Fatal(err)
	}
	environ := []string{homeVariable + "=" + home}
	inHome := write(t, filepath.Join(home, ".config", "openstack"), "clouds.yaml", content)
	if got := readClouds(environ); got.path != inHome || got.certificates()[0] != private {
		t.Errorf("found %s", got.path)
	}
	environ = append(environ, "XDG_CONFIG_HOME="+config)
	inConfig := write(t, filepath.Join(config, "openstack"), "clouds.yml", content)
	if got := readClouds(environ); got.path != inConfig {
		t.Errorf("found %s", got.path)
	}
	write(t, here, "clouds.yaml", content)
	if got := readClouds(environ); got.path != "clouds.yaml" {
		t.Errorf("found %s", got.path)
	}
}

func TestNoProxy(t *testing.T) {
	for _, test := range []struct{ noProxy, cloud, want string }{
		{"", "https://keystone.example:5000", ""},
		{"*", "https://keystone.example:5000", ""},
		{".example, 10.0.0.0/8,localhost", "https://keystone.example:5000", "localhost"},
		{"localhost,127.0.0.1,::1,[::1]:80,127.0.0.0/8,.localhost", "https://keystone.example:5000", "localhost,127.0.0.1,::1,[::1]:80,127.0.0.0/8,.localhost"},
		{"0.0.0.0/0,127.0.0.1/4", "https://10.1.2.3", ""},
		{"localhost,127.0.0.1", "http://127.0.0.1:5000", ""},
		{"localhost", "http://localhost:5000", ""},
	} {
		if got := keptDirect(test.noProxy, parse(t, test.cloud)); got != test.want {
			t.Errorf("of %q for %s is kept %q, want %q", test.noProxy, test.cloud, got, test.want)
		}
	}
}

func parse(t *testing.T, rawURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestNoFolder(t *testing.T) {
	setTempDir(t, "/no/such/folder")
	if e, err := New(nil, ReadRoots(nil), Changes{Proxy: &url.URL{}, Cloud: &url.URL{}}); err == nil {
		e.Remove()
		t.Error("there is no error")
	}
}
