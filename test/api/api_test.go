// SPDX-License-Identifier: Apache-2.0

// Package api_test records the exports of the public packages in api/*.txt, one
// file for each module, so that they do not change by accident.
package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write api/*.txt anew")

const root = "../.."

// The packages export exactly what the files list, so that a change of it is seen in a
// review. Which changes a version can have is decided by test/release.
func TestAPI(t *testing.T) {
	recorded := map[string]bool{}
	for _, m := range modules(t) {
		file := filepath.Join(root, "api", m.file())
		recorded[file] = true
		t.Run(m.Path, func(t *testing.T) {
			is := m.exported(t)
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(is, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; make api writes it", err)
			}
			if changes := diff(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), is); changes != "" {
				t.Errorf("the public API is not the one in api/%s:\n\n%s\nIf that is meant, run make api, and have the file reviewed with the change.", m.file(), changes)
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(root, "api", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !recorded[file] {
			t.Errorf("%s is of no module", file)
		}
	}
}

// diff returns the lines that are in only one of two sorted lists.
func diff(were, are []string) string {
	var text strings.Builder
	for _, line := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(were, are)))) {
		switch _, was := slices.BinarySearch(were, line); {
		case !was:
			fmt.Fprintf(&text, "+ %s\n", line)
		case !slices.Contains(are, line):
			fmt.Fprintf(&text, "- %s\n", line)
		}
	}
	return text.String()
}

// module is a module that programs import.
type module struct{ Path, Dir string }

// file returns the name of the module's file, such as ostrace.txt or
// ostrace-store.txt.
func (m module) file() string {
	_, name, _ := strings.Cut(strings.TrimPrefix(m.Path, "github.com/"), "/")
	return strings.ReplaceAll(name, "/", "-") + ".txt"
}

// modules finds the repository's modules, without those that have only programs
// and tests, and without those whose Go is exported only to Caddy and to the
// Collector: with them, Caddy and the Collector would have to be built here.
func modules(t *testing.T) (all []module) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != root &&
			(strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "caddy", "cmd", "collector", "examples", "internal", "packaging", "test", "testdata"}, name)) {
			return fs.SkipDir
		}
		if entry.Name() == "go.mod" {
			var file struct{ Module module }
			if err := json.Unmarshal(run(t, filepath.Dir(path), "mod", "edit", "-json"), &file); err != nil {
				return err
			}
			all = append(all, module{Path: file.Module.Path, Dir: filepath.Dir(path)})
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d modules, %v", len(all), err)
	}
	return all
}

// exported returns what the module's public packages export, sorted.
func (m module) exported(t *testing.T) []string {
	t.Helper()
	exports := map[string]string{} // the compiler's files, by package
	var public []string
	for packages := json.NewDecoder(bytes.NewReader(run(t, m.Dir, "list", "-export", "-deps", "-json=ImportPath,Name,Export,Module", "./..."))); ; {
		var p struct {
			ImportPath, Name, Export string
			Module                   struct{ Path string }
		}
		if err := packages.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		below := strings.Split(strings.TrimPrefix(p.ImportPath, m.Path), "/")
		if p.Module.Path == m.Path && p.Name != "main" && !slices.Contains(below, "internal") && !slices.Contains(below, "test") {
			public = append(public, p.ImportPath)
		}
	}
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var all []string
	for _, path := range public {
		pkg, err := from.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(path, m.Path), "/")
		if name == "" {
			name = pkg.Name()
		}
		all = append(all, list(name, pkg)...)
	}
	slices.Sort(all)
	if len(all) == 0 {
		t.Errorf("%s exports nothing", m.Path)
	}
	return all
}

// run runs the go command in a module.
func run(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}
