// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The branch of a release has its version everywhere, its changes, and sums, so that it
// can be tagged. The working tree is left alone.
func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, changed(map[string]string{".gitignore": "bin/\n"}))
	commit(t, dir)
	if err := checkHead(t.Context(), dir, t.Output()); err == nil || !strings.Contains(err.Error(), changelogFile) || !strings.Contains(err.Error(), "store/go.sum does not have the sums") {
		t.Errorf("before: %v", err)
	}
	release := func(version string) {
		t.Helper()
		if err := prepare(t.Context(), dir, version, "2026-11-28", t.Output()); err != nil {
			t.Fatal(err)
		}
		if status := inGit(t, dir, "status", "--porcelain"); status != "" {
			t.Errorf("the working tree has changed:\n%s", status)
		}
		inGit(t, dir, "merge", "--quiet", "--ff-only", "release-"+version)
		inGit(t, dir, "tag", version)
		if err := checkHead(t.Context(), dir, t.Output()); err != nil {
			t.Error(err)
		}
	}
	release("v0.1.0")
	sums := read(t, dir, "store/go.sum")

	write(t, dir, map[string]string{"CHANGELOG.md": strings.Replace(read(t, dir, "CHANGELOG.md"), unreleased, unreleased+"\n### Added\n\n- More.\n", 1)})
	commit(t, dir)
	if err := checkHead(t.Context(), dir, t.Output()); err == nil || !strings.Contains(err.Error(), "changes under Unreleased") {
		t.Errorf("after a change: %v", err)
	}
	release("v0.2.0")
	for name, want := range map[string]string{
		"versions.yaml":       strings.Replace(small["versions.yaml"], "v0.1.0", "v0.2.0", 1),
		"README.md":           "Get example.com/project@v0.2.0, example.com/project/store/redis@v0.2.0 and example.com/other@v0.1.0.\n",
		"otelhttp/scope.go":   strings.Replace(small["otelhttp/scope.go"], "0.1.0", "0.2.0", 1),
		"api/ostrace.txt":     strings.Replace(small["api/ostrace.txt"], "0.1.0", "0.2.0", 1),
		"store/go.mod":        strings.Replace(small["store/go.mod"], "v0.1.0", "v0.2.0", 1),
		"test/go.mod":         strings.Replace(small["test/go.mod"], "v0.1.0", "v0.2.0", 1),
		"collector/made.yaml": strings.Replace(small["collector/made.yaml"], "v0.1.0", "v0.2.0", 1),
	} {
		if got := read(t, dir, name); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
	if after := read(t, dir, "store/go.sum"); after == sums || strings.Count(after, "example.com/project v0.2.0") != 2 || strings.Count(after, "\n") != 2 {
		t.Errorf("store/go.sum was\n%s\nand is\n%s", sums, after)
	}

	// A change after the preparation makes the sums wrong.
	write(t, dir, map[string]string{"otelhttp/more.go": "package otelhttp\n"})
	commit(t, dir)
	if err := checkHead(t.Context(), dir, t.Output()); err == nil || !strings.Contains(err.Error(), "store/go.sum") || !strings.Contains(err.Error(), "store/more/go.sum") || strings.Contains(err.Error(), "waterfall") {
		t.Errorf("after a change of the root: %v", err)
	}

	// A patch changes nothing of the API but the version of the scopes.
	write(t, dir, map[string]string{"CHANGELOG.md": strings.Replace(read(t, dir, "CHANGELOG.md"), unreleased, unreleased+"\n### Fixed\n\n- Less.\n", 1)})
	commit(t, dir)
	release("v0.2.1")
}

// A release that would break programs, or the order of versions, is refused, and leaves
// no branch.
func TestPrepareRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, changed(map[string]string{".gitignore": "bin/\n"}))
	commit(t, dir)
	inGit(t, dir, "tag", "v0.1.0")
	write(t, dir, map[string]string{
		"otelhttp/scope.go": strings.Replace(small["otelhttp/scope.go"], "// Unused is not.\nfunc Unused() {}\n", "", 1),
		"waterfall/more.go": "package waterfall\n\n// More is new.\nfunc More() {}\n",
	})
	commit(t, dir)
	for version, want := range map[string]string{
		"0.2.0":   "not of the form",
		"v0.2":    "not of the form",
		"v0.2.0+": "not of the form",
		"v0.1.0":  "not newer than the last release",
		"v0.0.9":  "not newer than the last release",
		"v2.0.0":  "/v2",
		"v0.1.1":  "must be a new minor version",
	} {
		if err := prepare(t.Context(), dir, version, "2026-11-28", t.Output()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", version, err, want)
		}
	}
	if branches := inGit(t, dir, "branch", "--format", "%(refname:short)"); branches != "main" {
		t.Errorf("the branches are %q", branches)
	}
	if trees := inGit(t, dir, "worktree", "list", "--porcelain"); strings.Count(trees, "worktree ") != 1 {
		t.Errorf("the working trees are\n%s", trees)
	}
	var printed strings.Builder
	if err := prepare(t.Context(), dir, "v0.2.0", "2026-11-28", &printed); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Incompatible changes:\n- example.com/project: ./otelhttp.Unused: removed\n",
		"Compatible changes:\n- example.com/project/waterfall: ",
	} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("%s\nwant %s", &printed, want)
		}
	}
	// The branch of another person is not removed.
	if err := prepare(t.Context(), dir, "v0.2.0", "2026-11-28", t.Output()); err == nil {
		t.Error("the branch was made a second time")
	}
	inGit(t, dir, "rev-parse", "release-v0.2.0")
}

// Without a release there is nothing to compare with.
func TestAPIWithoutRelease(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, small)
	commit(t, dir)
	var printed strings.Builder
	if err := printAPIChanges(t.Context(), dir, &printed); err != nil || !strings.Contains(printed.String(), "no release yet") {
		t.Errorf("%v\n%s", err, &printed)
	}
	inGit(t, dir, "tag", "v0.1.0")
	printed.Reset()
	if err := printAPIChanges(t.Context(), dir, &printed); err != nil || printed.String() != "Since v0.1.0:\nNo changes.\n" {
		t.Errorf("%v\n%s", err, &printed)
	}
}

// Only versions of the project's own modules are mentions.
func TestOtherVersions(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, changed(map[string]string{
		"docs/a.md":    "go install example.com/project/cmd/x@v0.3.0. Or example.com/projects@v0.4.0, example.com/project@latest.\n",
		"test2/go.mod": "require example.com/project/test v0.0.0-00010101000000-000000000000\n",
		"b.yaml":       "gomod: example.com/project/store v0.1.0-rc.1\n",
		"CHANGELOG.md": "example.com/project@v0.0.1\n",
	}))
	places, err := open(t, dir).otherVersions()
	if want := "b.yaml: example.com/project/store v0.1.0-rc.1 " + filepath.Join("docs", "a.md") + ": example.com/project/cmd/x@v0.3.0"; err != nil || strings.Join(places, " ") != want {
		t.Errorf("%q, %v, want %q", places, err, want)
	}
}
