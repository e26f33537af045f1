// SPDX-License-Identifier: Apache-2.0

package forwarding

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain runs a Go program instead of the tests, in processes that the tests start.
func TestMain(m *testing.M) {
	if url := os.Getenv("GET"); url != "" {
		os.Exit(get(url))
	}
	os.Exit(m.Run())
}

func get(url string) int {
	response, err := http.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(response.Status, string(body)) //nolint:forbidigo // it is a program
	if response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ostrace")
	command := exec.CommandContext(t.Context(), "go", "build", "-C", "../../../cmd/ostrace", "-o", file, ".")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return file
}

// installed returns the folder into which test/exec/install puts programs.
func installed(t *testing.T, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "ostrace-exec", name)
}

// certificate returns a self-signed certificate for hosts.
func certificate(t *testing.T, hosts ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "ostrace's tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// answer starts a server that answers each request with the same bytes, and returns
// its port. Without a certificate the server does not speak TLS.
func answer(t *testing.T, text string, certificate *tls.Certificate) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	if certificate != nil {
		socket = tls.NewListener(socket, &tls.Config{Certificates: []tls.Certificate{*certificate}})
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.WriteString(conn, text)
				}
			}()
		}
	}()
	return port
}

// run returns the exit status and the standard output of a command.
func run(t *testing.T, environment []string, command ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Env = environment
	var out, err bytes.Buffer
	process.Stdout, process.Stderr = &out, &err
	if failed := process.Run(); process.ProcessState == nil {
		t.Fatal(failed)
	}
	return process.ProcessState.ExitCode(), out.String(), err.String()
}

// The exit status and the output are the same as without ostrace exec. curl is an
// exception: it has a special exit status for a server that can't be reached, and
// behind a proxy it can't know that.
func TestSameEnd(t *testing.T) {
	ostrace := build(t)
	good, goodPEM := certificate(t, "127.0.0.1", "0.0.0.0")
	unknown, _ := certificate(t, "127.0.0.1", "0.0.0.0")
	wrongName, wrongPEM := certificate(t, "another.example")
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, append(goodPEM, wrongPEM...), 0o600); err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, gone, _ := net.SplitHostPort(closed.Addr().String())
	_ = closed.Close()
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"
	environment := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "OS_CACERT=" + trusted}
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} {
		environment = append(environment, name+"="+trusted)
	}
	this, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	python, node := installed(t, "clients/bin/python"), installed(t, "node")
	// A Go program does not send requests for 127.0.0.1 to a proxy. 0.0.0.0 is the same
	// machine.
	programs := []struct {
		name, host string
		command    []string
	}{
		{"curl", "127.0.0.1", []string{"curl", "--silent"}},
		{"requests", "127.0.0.1", []string{python, "testdata/get_requests.py"}},
		{"httpx", "127.0.0.1", []string{python, "testdata/get_httpx.py"}},
		{"Node.js", "127.0.0.1", []string{node, "testdata/get_fetch.mjs"}},
		{"Go", "0.0.0.0", []string{"env"}},
	}
	for _, test := range []struct {
		name, scheme, port string
		curl               int  // the exit status of curl with ostrace exec, if it is a different one
		through            bool // the request is traced
	}{
		{"an answer", "https", answer(t, ok, &good), 0, true},
		{"an answer in plain HTTP", "http", answer(t, ok, nil), 0, true},
		{"an error", "https", answer(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", &good), 0, true},
		{"a reason of its own", "https", answer(t, "HTTP/1.1 498 Rate Limited\r\nContent-Length: 4\r\n\r\nslow", &good), 0, true},
		{"no answer", "https", answer(t, "", &good), 0, true},
		{"half an answer", "https", answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf", &good), 0, true},
		{"an unknown authority", "https", answer(t, ok, &unknown), 0, false},
		{"a wrong name", "https", answer(t, ok, &wrongName), 0, false},
		{"no TLS", "https", answer(t, "what?", nil), 0, false},
		{"nobody there", "https", gone, 56, false},
		{"nobody there in plain HTTP", "http", gone, 52, true},
	} {
		for _, program := range programs {
			t.Run(test.name+"/"+program.name, func(t *testing.T) {
				origin := test.scheme + "://" + program.host + ":" + test.port
				command := append(append([]string{}, program.command...), origin+"/v3")
				if program.name == "Go" {
					command = []string{"env", "GET=" + origin + "/v3", this}
				}
				want, wantOut, _ := run(t, environment, command...)
				got, out, said := run(t, environment, append([]string{ostrace, "exec", "--os-auth-url", origin, "--"}, command...)...)
				if program.name == "curl" && test.curl != 0 {
					t.Logf("curl: %d without, %d with ostrace exec", want, got)
					want = test.curl
				}
				if got != want || out != wantOut {
					t.Errorf("without ostrace exec %d, %q\nwith it %d, %q\n%s", want, wantOut, got, out, said)
				}
				through := test.through && (program.name != "Node.js" || test.port != gone) // Node.js uses CONNECT for plain HTTP too
				if traced := strings.Contains(said, "GET /v3"); traced != through {
					t.Errorf("traced: %t\n%s", traced, said)
				}
			})
		}
	}
}

// A body of 1 GB passes in each direction, and the memory of ostrace does not grow
// with it.
func TestLargeBodies(t *testing.T) {
	ostrace := build(t)
	size := int64(1 << 30)
	if text := os.Getenv("BODY_BYTES"); text != "" {
		if _, err := fmt.Sscan(text, &size); err != nil {
			t.Fatal(err)
		}
	}
	var received atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		received.Store(n)
		_, _ = io.CopyN(w, zeros{}, size)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	folder := t.TempDir()
	trusted, body := filepath.Join(folder, "ca.pem"), filepath.Join(folder, "body")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(size); err != nil { // this takes no room on the disk
		t.Fatal(err)
	}
	_ = file.Close()
	for _, version := range []string{"--http1.1", "--http2"} {
		environment := []string{"PATH=" + os.Getenv("PATH"), "OS_CACERT=" + trusted}
		script := `curl --silent --show-error --fail ` + version + ` --upload-file ` + body + ` ` + server.URL + `/v2/images/x/file | wc --bytes; grep VmHWM /proc/$PPID/status`
		start := time.Now()
		process := exec.CommandContext(t.Context(), ostrace, "exec", "--os-auth-url", server.URL, "--", "sh", "-c", script)
		process.Env = environment
		out, err := process.Output()
		var downloaded, peak int64
		if _, failed := fmt.Sscanf(string(out), "%d\nVmHWM: %d kB", &downloaded, &peak); err != nil || failed != nil {
			t.Fatalf("%v, %v\n%s", err, failed, out)
		}
		t.Logf("%s: %d bytes up and down in %s, ostrace took %d MB at most", version, size, time.Since(start).Round(time.Millisecond), peak>>10)
		if downloaded != size || received.Load() != size {
			t.Errorf("%s: the server got %d bytes, and the program %d", version, received.Load(), downloaded)
		}
		if peak > 150<<10 {
			t.Errorf("%s: ostrace took %d kB", version, peak)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
