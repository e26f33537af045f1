// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each archive has the program for its platform, and what belongs to it.
func TestArchives(t *testing.T) {
	for _, a := range artifacts(t, "Archive", platforms) {
		t.Run(a.Name, func(t *testing.T) {
			files := unpack(t, a.Path)
			program := "ostrace"
			if a.Goos == "windows" {
				program += ".exe"
			}
			for _, name := range []string{
				program, "LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt", "man/ostrace.1", "man/ostrace-show.1",
				"completions/ostrace.bash", "completions/_ostrace", "completions/ostrace.fish",
			} {
				if len(files[name]) == 0 {
					t.Errorf("no %s in it", name)
				}
			}
			info, err := buildinfo.Read(bytes.NewReader(files[program]))
			if err != nil {
				t.Fatal(err)
			}
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			if settings["GOOS"] != a.Goos || settings["GOARCH"] != a.Goarch || settings["CGO_ENABLED"] != "0" {
				t.Errorf("the program is one for %s on %s, with CGO_ENABLED=%s", settings["GOOS"], settings["GOARCH"], settings["CGO_ENABLED"])
			}
			if got, want := info.Main.Version, "v"+version(t); got != want {
				t.Errorf("its version is %s, want %s", got, want)
			}
			for _, module := range info.Deps {
				if strings.HasPrefix(module.Path, "github.com/ostrace/") {
					continue
				}
				if !bytes.Contains(files["THIRD-PARTY-NOTICES.txt"], []byte("\n"+module.Path+" "+module.Version+", ")) {
					t.Errorf("THIRD-PARTY-NOTICES.txt does not have %s %s", module.Path, module.Version)
				}
			}
		})
	}
}

// unpack reads an archive. All that is in it is in one folder, whose name is that of
// the archive: the names that it returns are those in this folder.
func unpack(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	folder := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(archive), ".zip"), ".tar.gz") + "/"
	add := func(name string, mode fs.FileMode, r io.Reader) {
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		inside, ok := strings.CutPrefix(name, folder)
		if !ok || !filepath.IsLocal(inside) {
			t.Errorf("%s is not in the folder %s", name, folder)
		}
		want := fs.FileMode(0o644)
		if strings.HasPrefix(path.Base(name), "ostrace") && path.Dir(inside) == "." {
			want = 0o755
		}
		if mode.Perm() != want {
			t.Errorf("the mode of %s is %v, want %v", name, mode, want)
		}
		files[inside] = data
	}
	if strings.HasSuffix(archive, ".zip") {
		r, err := zip.OpenReader(archive)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, f := range r.File {
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			add(f.Name, f.Mode(), content)
		}
		return files
	}
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	uncompressed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(uncompressed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			add(header.Name, header.FileInfo().Mode(), r)
		}
	}
}

// The programs for Linux run: that for the other architecture in an emulator.
func TestPrograms(t *testing.T) {
	checkVersion(t, run(t, binary(t, "amd64"), "--version"))
	checkVersion(t, run(t, "qemu-aarch64-static", binary(t, "arm64"), "--version"))
}

// The file of checksums names every file that is published, with its checksum.
func TestChecksums(t *testing.T) {
	var got []string
	for line := range strings.Lines(read(t, artifacts(t, "Checksum", 1)[0].Path)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		got = append(got, name)
		data := sha256.Sum256([]byte(read(t, filepath.Join(dist, name))))
		if hex.EncodeToString(data[:]) != sum {
			t.Errorf("the checksum of %s is %x, the file says %s", name, data, sum)
		}
	}
	var want []string
	for kind, n := range map[string]int{"Archive": platforms, "Linux Package": packages, "SBOM": platforms} {
		for _, a := range artifacts(t, kind, n) {
			want = append(want, a.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("it names %q, want %q", got, want)
	}
}
