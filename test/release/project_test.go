// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small are the files of a repository with the parts that a release changes.
var small = map[string]string{
	"versions.yaml": `# The modules that are published.
module-sets:
  all:
    version: v0.1.0
    modules:
      - example.com/project/store/more
      - example.com/project/store
      - example.com/project
      - example.com/project/waterfall
excluded-modules:
  - example.com/project/test
`,
	"LICENSE":   "A licence.\n",
	"README.md": "Get example.com/project@v0.1.0, example.com/project/store/redis@v0.1.0 and example.com/other@v0.1.0.\n",
	"CHANGELOG.md": `# Changelog

## [Unreleased]

### Added

- Everything.
`,
	"go.mod":              "module example.com/project\n\ngo 1.26\n",
	"api/ostrace.txt":     "pkg otelhttp, const Version untyped string = \"0.1.0\"\n",
	"otelhttp/scope.go":   "package otelhttp\n\n// Version is the version.\nconst Version = \"0.1.0\"\n\n// Used is used.\nfunc Used() {}\n\n// Unused is not.\nfunc Unused() {}\n",
	"store/go.mod":        "module example.com/project/store\n\ngo 1.26\n\nrequire example.com/project v0.1.0\n",
	"store/go.sum":        "",
	"store/go.work":       "go 1.26\n\nuse .\n\nreplace example.com/project => ../\n",
	"store/store.go":      "// Package store uses the root.\npackage store\n\nimport \"example.com/project/otelhttp\"\n\n// Open opens.\nfunc Open() { otelhttp.Used() }\n",
	"store/more/go.mod":   "module example.com/project/store/more\n\ngo 1.26\n\nrequire example.com/project/store v0.1.0\n\nrequire example.com/project v0.1.0 // indirect\n",
	"store/more/go.sum":   "",
	"store/more/main.go":  "package main\n\nimport \"example.com/project/store\"\n\nfunc main() { store.Open() }\n",
	"waterfall/go.mod":    "module example.com/project/waterfall\n\ngo 1.26\n",
	"waterfall/draw.go":   "// Package waterfall draws.\npackage waterfall\n",
	"waterfall/LICENSE":   "Another licence.\n",
	"test/go.mod":         "module example.com/project/test\n\ngo 1.26\n\nreplace example.com/project => ../\n\nrequire example.com/project v0.1.0\n",
	"test/use_test.go":    "package test\n\nimport _ \"example.com/project/otelhttp\"\n",
	"bin/built/go.mod":    "module built\n",
	"collector/made.yaml": "- gomod: example.com/project/store v0.1.0\n",
}

// changed returns the files of small with some changes; an empty text removes a file.
func changed(changes map[string]string) map[string]string {
	files := maps.Clone(small)
	maps.Copy(files, changes)
	maps.DeleteFunc(files, func(name, text string) bool { return text == "" && !strings.HasSuffix(name, "go.sum") })
	return files
}

// write writes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, name ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commit makes a repository of a folder, or one more commit.
func commit(t *testing.T, dir string) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "Tester")
		t.Setenv("GIT_"+who+"_EMAIL", "tester@example.com")
	}
	if !exists(filepath.Join(dir, ".git")) {
		inGit(t, dir, "init", "--quiet", "--initial-branch", "main")
	}
	inGit(t, dir, "add", "--all")
	inGit(t, dir, "commit", "--quiet", "--message", "Change")
}

func inGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := git(t.Context(), dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T, dir string) *project {
	t.Helper()
	p, err := openProject(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The modules are in an order in which they can be published.
func TestOpenProject(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, small)
	var paths []string
	for _, m := range open(t, dir).modules {
		paths = append(paths, m.path)
	}
	if want := []string{"example.com/project", "example.com/project/waterfall", "example.com/project/store", "example.com/project/store/more"}; !slices.Equal(paths, want) {
		t.Errorf("%v, want %v", paths, want)
	}
}

// A repository that can't be published is an error that says why.
func TestOpenProjectRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"a replacement":      {map[string]string{"store/go.mod": small["store/go.mod"] + "replace example.com/project => ../\n"}, "store/go.mod replaces example.com/project"},
		"a circle":           {map[string]string{"go.mod": small["go.mod"] + "require example.com/project/store v0.1.0\n"}, "that requires it too"},
		"not listed":         {map[string]string{"versions.yaml": strings.Replace(small["versions.yaml"], "      - example.com/project\n", "", 1)}, "does not list"},
		"another path":       {map[string]string{"store/go.mod": strings.Replace(small["store/go.mod"], "project/store", "project/stores", 1)}, "store/go.mod is of example.com/project/stores"},
		"another repository": {map[string]string{"versions.yaml": strings.Replace(small["versions.yaml"], "example.com/project/waterfall", "example.com/projects", 1)}, "not below"},
		"two sets":           {map[string]string{"versions.yaml": strings.Replace(small["versions.yaml"], "excluded", "  more: {version: v1.0.0}\nexcluded", 1)}, "2 module sets"},
		"a bad version":      {map[string]string{"versions.yaml": strings.Replace(small["versions.yaml"], "v0.1.0", "v0.1", 1)}, `"v0.1" is not of the form`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, changed(test.changes))
			if _, err := openProject(dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
