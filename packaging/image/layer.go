// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	user        = 65532 // the user "nonroot" of other images without a shell
	home        = "home/nonroot"
	programFile = "usr/bin/ostrace"
)

// entry is a file of an image, or a folder if its name ends with a slash.
type entry struct {
	name string
	mode int64
	user int
	data []byte
}

// sharedLayer has what all architectures have.
func sharedLayer(at time.Time) (v1.Layer, error) {
	license, err := os.ReadFile("LICENSE")
	if err != nil {
		return nil, err
	}
	notices, err := os.ReadFile("bin/packaging/THIRD-PARTY-NOTICES.txt")
	if err != nil {
		return nil, err
	}
	return newLayer(at, []entry{
		{name: "etc/", mode: 0o755},
		{name: "etc/group", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", user)},
		{name: "etc/passwd", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/%s:/sbin/nologin\n", user, user, home)},
		{name: "etc/ssl/", mode: 0o755},
		{name: "etc/ssl/certs/", mode: 0o755},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: rootCertificates()},
		{name: "home/", mode: 0o755},
		{name: home + "/", mode: 0o755, user: user},
		{name: "tmp/", mode: 0o1777},
		{name: "usr/", mode: 0o755},
		{name: "usr/share/", mode: 0o755},
		{name: "usr/share/doc/", mode: 0o755},
		{name: "usr/share/doc/ostrace/", mode: 0o755},
		{name: "usr/share/doc/ostrace/LICENSE", mode: 0o644, data: license},
		{name: "usr/share/doc/ostrace/THIRD-PARTY-NOTICES.txt", mode: 0o644, data: notices},
	})
}

// programLayer has the program of one architecture.
func programLayer(p program, at time.Time) (v1.Layer, error) {
	data, err := os.ReadFile(p.Path)
	if err != nil {
		return nil, err
	}
	return newLayer(at, []entry{
		{name: "usr/", mode: 0o755},
		{name: "usr/bin/", mode: 0o755},
		{name: programFile, mode: 0o755, data: data},
	})
}

// rootCertificates returns the certificates that Mozilla trusts for servers, as PEM.
// They come from a Go module, so that go.sum names them. As in Debian's bundle, the
// dates from which Mozilla trusts no new certificates of some are not in it, because
// PEM has no place for them.
func rootCertificates() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a Buffer returns no error
	}
	return text.Bytes()
}

func newLayer(at time.Time, entries []entry) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, e := range entries {
		header := tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Uid: e.user, Gid: e.user, Size: int64(len(e.data)), ModTime: at}
		if strings.HasSuffix(e.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
}
