// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The zip of a module has the module's files, without those of other modules and what
// was built, and a licence.
func TestPublish(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	write(t, dir, small)
	out, err := open(t, dir).publish("v0.1.0", to)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"":           {"CHANGELOG.md", "LICENSE", "README.md", "api/ostrace.txt", "collector/made.yaml", "go.mod", "otelhttp/scope.go", "versions.yaml"},
		"/store":     {"LICENSE", "go.mod", "go.sum", "go.work", "store.go"},
		"/waterfall": {"LICENSE", "draw.go", "go.mod"},
	} {
		archive, err := zip.OpenReader(filepath.Join(to, "proxy/example.com/project", path, "@v/v0.1.0.zip"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, file := range archive.File {
			names = append(names, strings.TrimPrefix(file.Name, "example.com/project"+path+"@v0.1.0/"))
		}
		archive.Close()
		if slices.Sort(names); !slices.Equal(names, want) {
			t.Errorf("%s has %v, want %v", path, names, want)
		}
	}
	if sums := read(t, out.goSum(module{dir: "store/more"})); strings.Count(sums, "\n") != 4 || !strings.HasPrefix(sums, "example.com/project v0.1.0 h1:") {
		t.Errorf("the go.sum of store/more is\n%s", sums)
	}
}

// The go command gets the files as they are at that moment, and the version changes
// with them.
func TestPublishTree(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, small)
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOPROXY", fileURL(t.TempDir())) // which has nothing
	var versions []string
	for _, text := range []string{"first", "second"} {
		write(t, dir, map[string]string{"waterfall/draw.go": "package waterfall // " + text + "\n"})
		p := open(t, dir)
		out, err := p.publishTree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		environment, err := p.environment(t.Context(), out)
		if err != nil {
			t.Fatal(err)
		}
		var printed strings.Builder
		if err := goCommand(t.Context(), t.TempDir(), environment, &printed, "mod", "download", "example.com/project/waterfall@"+out.version); err != nil {
			t.Fatalf("%v\n%s", err, &printed)
		}
		if got := read(t, os.Getenv("GOMODCACHE"), "example.com/project/waterfall@"+out.version, "draw.go"); !strings.Contains(got, text) {
			t.Errorf("%s has %q", out.version, got)
		}
		again, err := p.publishTree(t.Context())
		if err != nil || again.version != out.version {
			t.Errorf("%v, and without a change %v, %v", out.version, again, err)
		}
		versions = append(versions, out.version)
	}
	if versions[0] == versions[1] {
		t.Errorf("two contents have the version %s", versions[0])
	}
	for _, pattern := range []string{
		filepath.Join(dir, "bin/modules", versions[0]),
		filepath.Join(os.Getenv("GOMODCACHE"), "example.com/project/*@"+versions[0]),
		filepath.Join(os.Getenv("GOMODCACHE"), "cache/download/example.com/project/waterfall/@v", versions[0]+"*"),
	} {
		if rest, err := filepath.Glob(pattern); err != nil || rest != nil {
			t.Errorf("%v, %v", rest, err)
		}
	}
}

// Several processes publish the same content at the same time, after another one.
func TestPublishTreeTogether(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, small)
	t.Setenv("GOMODCACHE", t.TempDir())
	p := open(t, dir)
	for range 20 {
		if _, err := p.publishTree(t.Context()); err != nil {
			t.Fatal(err)
		}
		write(t, dir, map[string]string{"otelhttp/scope.go": read(t, dir, "otelhttp/scope.go") + "// More.\n"})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if out, err := p.publishTree(t.Context()); err != nil || !exists(filepath.Join(out.dir, "store.mod")) {
					t.Errorf("%v, %v", out, err)
				}
			})
		}
		all.Wait()
	}
	if rest, err := os.ReadDir(filepath.Join(dir, "bin/modules")); err != nil || len(rest) != 1 {
		t.Errorf("%v, %v", rest, err)
	}
}

// The sums of the project's modules are put where go mod tidy puts them.
func TestSums(t *testing.T) {
	p := &project{root: "example.com/project"}
	other := "example.com/a v1.0.0 h1:A\nexample.com/projects v1.0.0 h1:B\n"
	own := []string{"example.com/project/store v0.1.0 h1:D", "example.com/project v0.1.0 h1:C"}
	all := "example.com/a v1.0.0 h1:A\nexample.com/project v0.1.0 h1:C\nexample.com/project/store v0.1.0 h1:D\nexample.com/projects v1.0.0 h1:B\n"
	if got := string(withLines([]byte(other), own)); got != all {
		t.Errorf("%s\nwant\n%s", got, all)
	}
	if got := string(p.withoutOwnSums([]byte(all))); got != other {
		t.Errorf("%s\nwant\n%s", got, other)
	}
	if got := string(withLines(nil, p.ownSums([]byte(all)))); got != own[1]+"\n"+own[0]+"\n" {
		t.Error(got)
	}
}
