// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// contrib is the version of OpenTelemetry's autoexport and autoprop that the
// projects get.
const contrib = "v0.72.0"

// project is a program of somebody else. testdata/NAME.diff is the change that
// makes it trace its requests to OpenStack. The files of testdata/NAME, if there are
// any, are added to its code: the program driver calls that code where the project's
// own program needs a Kubernetes cluster.
type project struct {
	name            string
	module, version string
	// main is the folder of the project's own program, which gets tracing.go.
	main string
}

// code is the changed code of a project, outside the repository.
type code struct {
	project
	folder string
	diff   string
}

// adopt downloads the project, and makes the change.
func adopt(t *testing.T, p project) code {
	t.Helper()
	var downloaded struct{ Dir string }
	if err := json.Unmarshal([]byte(command(t, "", "go", "mod", "download", "-json", p.module+"@"+p.version)), &downloaded); err != nil {
		t.Fatal(err)
	}
	c := code{project: p, folder: filepath.Join(cache(t), p.name)}
	if err := os.RemoveAll(c.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(c.folder, os.DirFS(downloaded.Dir)); err != nil {
		t.Fatal(err)
	}
	c.diff = string(testdata(t, p.name+".diff"))
	file := filepath.Join(t.TempDir(), "change.diff")
	write(t, file, c.diff)
	command(t, c.folder, "git", "apply", file)
	write(t, filepath.Join(c.folder, p.main, "tracing.go"), string(testdata(t, "tracing.go")))
	if added := filepath.Join("testdata", p.name); exists(added) {
		if err := os.CopyFS(c.folder, os.DirFS(added)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(c.folder, driver, "tracing.go"), string(testdata(t, "tracing.go")))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	command(t, c.folder, "go", "mod", "edit", "-require=github.com/ostrace/ostrace@v0.1.0", "-replace=github.com/ostrace/ostrace="+root)
	command(t, c.folder, "go", "get",
		"go.opentelemetry.io/contrib/exporters/autoexport@"+contrib,
		"go.opentelemetry.io/contrib/propagators/autoprop@"+contrib)
	return c
}

// driver is the folder of a driver in a project's code.
const driver = "driver"

// build builds the program in a folder of the project. Its name is that of the
// project.
func (c code) build(t *testing.T, folder string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), c.name)
	command(t, c.folder, "go", "build", "-mod=mod", "-o", program, "./"+folder)
	return program
}

// raised is a requirement of the project whose version the change raises.
type raised struct{ path, from, to string }

// raises returns the direct requirements of the project whose versions have
// changed.
func (c code) raises(t *testing.T) []raised {
	t.Helper()
	original := command(t, "", "go", "mod", "download", "-json", c.module+"@"+c.version)
	var downloaded struct{ GoMod string }
	if err := json.Unmarshal([]byte(original), &downloaded); err != nil {
		t.Fatal(err)
	}
	after := map[string]string{}
	for _, r := range requirements(t, filepath.Join(c.folder, "go.mod")) {
		after[r.Mod.Path] = r.Mod.Version
	}
	var list []raised
	for _, r := range requirements(t, downloaded.GoMod) {
		if to := after[r.Mod.Path]; !r.Indirect && semver.Compare(to, r.Mod.Version) > 0 {
			list = append(list, raised{r.Mod.Path, r.Mod.Version, to})
		}
	}
	slices.SortFunc(list, func(a, b raised) int { return cmp.Compare(a.path, b.path) })
	return list
}

func requirements(t *testing.T, file string) []*modfile.Require {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := modfile.Parse(file, content, func(_, version string) (string, error) { return module.CanonicalVersion(version), nil })
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Require
}

// lines returns how many lines the change adds or changes, blank lines left out.
func (c code) lines() int {
	count := 0
	for line := range strings.Lines(c.diff) {
		if !strings.HasPrefix(line, "+++") && strings.HasPrefix(line, "+") && strings.TrimSpace(line) != "+" {
			count++
		}
	}
	return count
}

// describe writes what the change is into the page, or compares it.
func (c code) describe(t *testing.T) {
	t.Helper()
	lines := c.lines()
	if lines > 20 {
		t.Errorf("the change has %d lines, and more than 20 are too many", lines)
	}
	section(t, c.name+" change", fmt.Sprintf("%d lines in `%s` %s, besides `tracing.go`:\n\n```diff\n%s```\n", lines, c.module, c.version, c.diff), true)

	list := c.raises(t)
	if len(list) == 0 {
		section(t, c.name+" requirements", "Its `go.mod` keeps the versions of all modules that it uses itself.\n", false)
		return
	}
	var table strings.Builder
	table.WriteString("Its `go.mod` then requires newer versions of these modules that it uses itself:\n\n| module | before | after |\n| --- | --- | --- |\n")
	for _, r := range list {
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", r.path, r.from, r.to)
	}
	section(t, c.name+" requirements", table.String(), false)
}

func cache(t *testing.T) string {
	t.Helper()
	folder, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "ostrace-adopting")
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command runs a command, and returns its standard output. The test fails if the
// command fails.
func command(t *testing.T, folder, name string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off", "CGO_ENABLED=0", "GIT_CEILING_DIRECTORIES="+filepath.Dir(folder))
	return output(t, cmd)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, &stdout, &stderr)
	}
	return stdout.String()
}
