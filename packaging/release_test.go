// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is the root folder of the repository, and dist the folder in which
// "make release-snapshot" has made a release of it.
const (
	root = ".."
	dist = "../bin/dist"
)

// The number of platforms for which there is a program, and of packages for Linux.
const (
	platforms = 6
	packages  = 4
)

// artifact is a file of the release, as GoReleaser describes it.
type artifact struct {
	Name, Path, Goos, Goarch, Type string
}

// artifacts returns the files of a type, such as "Binary" or "Archive". There are
// as many as wanted.
func artifacts(t *testing.T, kind string, want int) []artifact {
	t.Helper()
	var all, some []artifact
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dist, "artifacts.json"))), &all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Type == kind {
			a.Path = filepath.Join(root, a.Path)
			some = append(some, a)
		}
	}
	if len(some) != want {
		t.Fatalf("%d files of type %s, want %d: %v", len(some), kind, want, some)
	}
	return some
}

// binary returns the program for Linux on this architecture or another.
func binary(t *testing.T, goarch string) string {
	t.Helper()
	for _, a := range artifacts(t, "Binary", platforms) {
		if a.Goos == "linux" && a.Goarch == goarch {
			path, err := filepath.Abs(a.Path)
			if err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	t.Fatalf("no program for Linux on %s", goarch)
	return ""
}

// linuxPackage returns the package for this architecture in a format.
func linuxPackage(t *testing.T, extension, goarch string) string {
	t.Helper()
	for _, a := range artifacts(t, "Linux Package", packages) {
		if filepath.Ext(a.Name) == extension && a.Goarch == goarch {
			return a.Path
		}
	}
	t.Fatalf("no %s for %s", extension, goarch)
	return ""
}

// version returns the version of the release, without v.
func version(t *testing.T) string {
	t.Helper()
	var metadata struct{ Version string }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dist, "metadata.json"))), &metadata); err != nil {
		t.Fatal(err)
	}
	return metadata.Version
}

// checkVersion fails if the output of "ostrace --version" does not name the release.
func checkVersion(t *testing.T, output string) {
	t.Helper()
	if want := "ostrace version v" + version(t) + ", go"; !strings.HasPrefix(output, want) {
		t.Errorf("--version says %q, want %q", output, want)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run runs a command, and returns its standard output. Anything on its standard
// error is a failure.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return output(t, exec.CommandContext(t.Context(), name, args...))
}

func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("%s: %v\n%s%s", command, err, out.String(), errs.String())
	}
	return out.String()
}
