// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"archive/tar"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// index returns the index of the release's image, and the one descriptor that the
// OCI layout has of it.
func index(t *testing.T) (v1.ImageIndex, v1.Descriptor) {
	t.Helper()
	all, err := layout.ImageIndexFromPath(filepath.Join(dist, "image"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("the layout has %d manifests, want one", len(manifest.Manifests))
	}
	i, err := all.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return i, manifest.Manifests[0]
}

// The image has both architectures. Unpacked, its entry point runs as its user, with
// the release's program and the root certificates.
func TestImage(t *testing.T) {
	i, descriptor := index(t)
	if got := descriptor.Annotations["org.opencontainers.image.ref.name"]; got != version(t) {
		t.Errorf("the layout calls it %q, want %s", got, version(t))
	}
	if err := validate.Index(i); err != nil {
		t.Error(err)
	}
	manifest, err := i.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
		image, err := i.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(m.Platform.Architecture, func(t *testing.T) { testImage(t, image, m.Platform.Architecture) })
	}
	if got, want := strings.Join(platforms, " "), "linux/amd64 linux/arm64"; got != want {
		t.Errorf("it is for %s, want %s", got, want)
	}
}

func testImage(t *testing.T, image v1.Image, goarch string) {
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.OS != "linux" || file.Architecture != goarch {
		t.Errorf("its configuration is for %s/%s", file.OS, file.Architecture)
	}
	for label, want := range map[string]string{"version": version(t), "licenses": "Apache-2.0", "source": "https://github.com/ostrace/ostrace"} {
		if got := file.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("its %s is %q, want %q", label, got, want)
		}
	}
	system := t.TempDir()
	unpackImage(t, image, system)
	if got, want := read(t, filepath.Join(system, file.Config.Entrypoint[0])), read(t, binary(t, goarch)); got != want {
		t.Error("its entry point is not the program of the release")
	}
	certificates := 0
	for rest := []byte(read(t, filepath.Join(system, "etc/ssl/certs/ca-certificates.crt"))); ; certificates++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
			t.Errorf("certificate %d: %v", certificates, err)
		}
	}
	if certificates < 100 {
		t.Errorf("it has %d root certificates", certificates)
	}
	if goarch != "amd64" {
		return
	}
	command := exec.CommandContext(t.Context(), file.Config.Entrypoint[0], "--version")
	command.Dir, command.Env = file.Config.WorkingDir, file.Config.Env
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: system, Credential: credential(t, file.Config.User)}
	checkVersion(t, output(t, command))

	trace := read(t, filepath.Join(root, "points/testdata/image-show.json"))
	command = exec.CommandContext(t.Context(), file.Config.Entrypoint[0], "show", "-", "--html", "-o", "trace.html")
	command.Dir, command.Env, command.Stdin = file.Config.WorkingDir, file.Config.Env, strings.NewReader(trace)
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: system, Credential: credential(t, file.Config.User)}
	output(t, command)
	if page := read(t, filepath.Join(system, file.Config.WorkingDir, "trace.html")); !strings.Contains(page, "<html") {
		t.Errorf("the page is %.100q", page)
	}
}

// credential returns the user of an image, which must be a number for Kubernetes to
// know that it is not root.
func credential(t *testing.T, user string) *syscall.Credential {
	t.Helper()
	uid, gid, _ := strings.Cut(user, ":")
	u, err := strconv.ParseUint(uid, 10, 32)
	if err != nil || u == 0 {
		t.Fatalf("the user is %q", user)
	}
	g, err := strconv.ParseUint(gid, 10, 32)
	if err != nil {
		t.Fatalf("the user is %q", user)
	}
	return &syscall.Credential{Uid: uint32(u), Gid: uint32(g)}
}

// unpackImage writes the files of an image into a folder, with their owners.
func unpackImage(t *testing.T, image v1.Image, folder string) {
	t.Helper()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	flat := mutate.Extract(image)
	defer flat.Close()
	for r := tar.NewReader(flat); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path, mode := filepath.Join(folder, header.Name), header.FileInfo().Mode()
		if header.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, data, 0o644)
			}
		}
		if err := errors.Join(err, os.Chown(path, header.Uid, header.Gid), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
}

// The command of RELEASING.md pushes the image, with both architectures, to a registry.
func TestPushImage(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)))) //nolint:forbidigo // it prints nothing
	defer server.Close()
	reference := strings.TrimPrefix(server.URL, "http://") + "/ostrace/ostrace:" + version(t)
	command := exec.CommandContext(t.Context(), "go", "tool", "crane", "push", filepath.Join(dist, "image"), reference)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	parsed, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	got, err := remote.Head(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if _, want := index(t); got.Digest != want.Digest {
		t.Errorf("the registry has %s, want %s", got.Digest, want.Digest)
	}
}
