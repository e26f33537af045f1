// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs/performance.md has the raw figures.
func TestPage(t *testing.T) {
	measured, err := readResults(rawDir)
	if err != nil {
		t.Fatal(err)
	}
	want, err := render(measured, fragmentDir)
	if err != nil {
		t.Fatal(err)
	}
	if readText(t, pageFile) != string(want) {
		t.Error("docs/performance.md is not what the raw figures make of the template; go run -C test/bench . -count 0 writes it anew")
	}
}

// The page's figures are those of the list.
func TestPageHasTheListedAllocations(t *testing.T) {
	most := readFile(t, "allocations.txt")
	measured, err := readResults(rawDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range most.names {
		got, err := measured.median(name, "allocs/op")
		if want := most.values[name]["allocs/op"][0]; got != want || err != nil {
			t.Errorf("%s: the raw figures have %v allocations, allocations.txt %v; %v", name, got, want, err)
		}
	}
}

// Figures that were not measured, or do not exist, are left out.
func TestPageOfLess(t *testing.T) {
	const command = "## A command line against a command line\n\nIt starts sooner.\n"
	for name, test := range map[string]struct {
		change  func(dir string)
		with    []string
		without []string
	}{
		"all that there is": {func(dir string) {
			writeFile(t, filepath.Join(dir, "cli.md"), "It starts sooner.\n")
		}, []string{"OSProfiler, in Python, signed", command}, []string{"## What tracing costs a cloud"}},
		"no Python": {func(dir string) {
			path := filepath.Join(dir, withPython)
			var kept []string
			for line := range strings.Lines(readText(t, path)) {
				if !strings.Contains(line, "python") && !strings.HasPrefix(line, "osprofiler:") {
					kept = append(kept, line)
				}
			}
			writeFile(t, path, strings.Join(kept, ""))
		}, nil, []string{"on Python", "OSProfiler, in Python, signed", "## A command line"}},
	} {
		dir := t.TempDir()
		for _, s := range suites {
			writeFile(t, filepath.Join(dir, s.file), readText(t, filepath.Join(rawDir, s.file)))
		}
		test.change(dir)
		measured, err := readResults(dir)
		if err != nil {
			t.Fatal(err)
		}
		page, err := render(measured, dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, text := range test.with {
			if !strings.Contains(string(page), text) {
				t.Errorf("%s: no %q", name, text)
			}
		}
		for _, text := range test.without {
			if strings.Contains(string(page), text) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
