// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A second release of the same tree is equal to the first, byte for byte, although it
// is made later, in another folder, by a user with another mask, language and time
// zone. A key signs its checksums.
func TestReproducible(t *testing.T) {
	tree := copyTree(t)
	keys, fingerprint := newKey(t)
	command := exec.CommandContext(t.Context(), "bash", "-c", "umask 077 && exec packaging/release snapshot")
	command.Dir = tree
	command.Env = append(os.Environ(), "TZ=Pacific/Kiritimati", "LC_ALL=C", "GNUPGHOME="+keys, "GPG_KEY="+fingerprint)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	first, second := sums(t, dist), sums(t, filepath.Join(tree, dist[len("../"):]))
	signature := "ostrace_" + version(t) + "_checksums.txt.asc"
	if _, ok := second[signature]; !ok {
		t.Errorf("the second has no %s", signature)
	}
	delete(second, signature) // the time is in it
	if got, want := slices.Sorted(maps.Keys(second)), slices.Sorted(maps.Keys(first)); !slices.Equal(got, want) {
		t.Errorf("the second has the files %q, the first %q", got, want)
	}
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s is another one", name)
		}
	}
	verify := exec.CommandContext(t.Context(), "gpg", "--verify", signature, strings.TrimSuffix(signature, ".asc"))
	verify.Dir, verify.Env = filepath.Join(tree, dist[len("../"):]), append(os.Environ(), "GNUPGHOME="+keys)
	if text, err := verify.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// sums returns the checksums of what is published of a release: the programs, the
// files, and the image.
func sums(t *testing.T, dist string) map[string][sha256.Size]byte {
	t.Helper()
	all := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dist, path)
		switch top, _, _ := strings.Cut(filepath.ToSlash(name), "/"); {
		case err != nil:
			return err
		case entry.IsDir() || top != "image" && !strings.HasPrefix(top, "ostrace"):
			return nil
		}
		all[name] = sha256.Sum256([]byte(read(t, path)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// copyTree returns a clone of the repository, with the files of the working tree.
func copyTree(t *testing.T) string {
	t.Helper()
	tree := filepath.Join(t.TempDir(), "a folder with another name")
	run(t, "git", "clone", "--quiet", "--shared", root, tree)
	for name := range strings.SplitSeq(run(t, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		from, to := filepath.Join(root, name), filepath.Join(tree, name)
		switch info, err := os.Lstat(from); {
		case name == "":
		case errors.Is(err, fs.ErrNotExist):
			os.Remove(to)
		case err != nil:
			t.Fatal(err)
		case info.Mode().IsRegular():
			if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(read(t, from)), info.Mode().Perm()), os.Chmod(to, info.Mode().Perm())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tree
}

// newKey makes a key of gpg, and returns its folder and its fingerprint.
func newKey(t *testing.T) (folder, fingerprint string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	gpg := func(args ...string) string {
		command := exec.Command("gpg", append([]string{"--homedir", folder, "--batch"}, args...)...)
		text, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		return string(text)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", folder, "--kill", "all").Run()
	})
	gpg("--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign", "never")
	for line := range strings.Lines(gpg("--with-colons", "--list-keys")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			return folder, fields[9]
		}
	}
	t.Fatal("gpg lists no key")
	return "", ""
}

// A user who builds the program with "go install", and with nothing that was compiled
// before, gets the program of the release.
func TestGoInstall(t *testing.T) {
	folder := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", "-trimpath", "-tags", "grpcnotrace", "github.com/ostrace/ostrace/cmd/ostrace@v"+version(t))
	install.Dir = folder
	install.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOBIN="+folder, "GOCACHE="+filepath.Join(folder, "cache"))
	if text, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if read(t, filepath.Join(folder, "ostrace")) != read(t, binary(t, "amd64")) {
		t.Error("go install gives another program")
	}
}
