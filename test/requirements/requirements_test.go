// SPDX-License-Identifier: Apache-2.0

// Package requirements_test keeps the README's table of requirements true: it has
// the versions of the go.mod files.
package requirements_test

import (
	"encoding/json"
	"flag"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the README's table anew")

const (
	root   = "../.."
	own    = "github.com/ostrace/ostrace"
	newest = "test/newest"

	gophercloud = "github.com/gophercloud/gophercloud/v2"
	otel        = "go.opentelemetry.io/otel"
	otelhttp    = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	collector   = "go.opentelemetry.io/collector/receiver/receiverhelper"
	caddy       = "github.com/caddyserver/caddy/v2"
)

var (
	// The libraries require the lowest versions, and the programs, which their
	// users build with the versions of the program's go.mod, the newest.
	libraries = []string{".", "store", "waterfall", "collector/osprofilerreceiver"}
	programs  = []string{"caddy", "cmd/ostrace", "examples"}

	columns = []struct{ name, path string }{
		{"gophercloud", gophercloud}, {"OpenTelemetry", otel}, {"contrib's otelhttp", otelhttp}, {"Collector", collector}, {"Caddy", caddy},
	}
)

// module is what a go.mod file says.
type module struct {
	Module  struct{ Path string }
	Go      string
	Require []requirement
}

type requirement struct {
	Path, Version string
	Indirect      bool
}

func read(t *testing.T, dir string) (m module) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	command.Dir = filepath.Join(root, dir)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go mod edit -json in %s: %v", dir, err)
	}
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return m
}

// version returns the version of a module that m requires, or an empty text.
func (m module) version(path string) string {
	for _, r := range m.Require {
		if r.Path == path {
			return strings.TrimPrefix(r.Version, "v")
		}
	}
	return ""
}

// releases returns the two Go releases of the Makefile with which everything is
// tested, the older one first.
func releases(t *testing.T) (older, newer string) {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^GO_RELEASES += (go\S+) (go\S+)$`).FindSubmatch(makefile)
	if found == nil {
		t.Fatal("the Makefile does not have GO_RELEASES = go1.A.B go1.C.D")
	}
	return string(found[1]), string(found[2])
}

// minor returns the release of a version of Go, such as 1.26 of go1.26.11.
func minor(goVersion string) string { return strings.TrimPrefix(version.Lang(goVersion), "go") }

// row returns a line of a table in Markdown.
func row(cells []string) string {
	var line strings.Builder
	for _, cell := range cells {
		line.WriteString("| ")
		if cell != "" {
			line.WriteString(cell + " ")
		}
	}
	return line.String() + "|\n"
}

// The README's table has the Go versions and the lowest and newest versions of
// each module.
func TestREADME(t *testing.T) {
	_, newer := releases(t)
	head := []string{"module", "Go"}
	for _, c := range columns {
		head = append(head, c.name)
	}
	rows := []string{row(head), row(slices.Repeat([]string{"---"}, len(head)))}
	latest := read(t, newest)
	for _, dir := range slices.Concat(libraries, programs) {
		m := read(t, dir)
		cells := []string{"`" + m.Module.Path + "`", minor("go"+m.Go) + " to " + minor(newer)}
		for _, c := range columns {
			is := m.version(c.path)
			if last := latest.version(c.path); is != "" && slices.Contains(libraries, dir) && last != is {
				is += " to " + last
			}
			cells = append(cells, is)
		}
		rows = append(rows, row(cells))
	}
	want := strings.Join(rows, "")

	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?m)^\| module \| Go \|.*\n(\|.*\n)+`)
	is := table.FindString(string(text))
	switch {
	case is == "":
		t.Fatal("the README does not have the table that begins with | module | Go |")
	case is == want:
	case *update:
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), is, want, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the README's table is\n%sbut should be\n%smake requirements writes it", is, want)
	}
}

// No library can be built only with the newest Go, and each of its requirements
// has a newest version with which the library is tested.
func TestLibraries(t *testing.T) {
	older, newer := releases(t)
	if version.Compare(older, newer) >= 0 {
		t.Errorf("GO_RELEASES is %s %s, want the older one first", older, newer)
	}
	latest := read(t, newest)
	for _, dir := range libraries {
		m := read(t, dir)
		if version.Compare(version.Lang("go"+m.Go), version.Lang(older)) > 0 {
			t.Errorf("%s needs Go %s, and should be usable with Go %s", dir, m.Go, minor(older))
		}
		for _, r := range m.Require {
			if !r.Indirect && r.Path != own && !strings.HasPrefix(r.Path, own+"/") && latest.version(r.Path) == "" {
				t.Errorf("%s requires %s, and %s does not: import it in newest.go there", dir, r.Path, newest)
			}
		}
	}
}
