// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// eachBlock calls check with the text of each block of a language, and with its place.
// There have to be at least as many blocks as the test expects.
func eachBlock(t *testing.T, language string, atLeast int, check func(place, block string)) {
	t.Helper()
	blocks := 0
	for _, page := range withCommands(t) {
		for _, block := range read(t, page).Blocks {
			if block.Language == language {
				blocks++
				check(fmt.Sprintf("%s:%d", page, block.Line), block.Text)
			}
		}
	}
	if blocks < atLeast {
		t.Errorf("only %d blocks of %s were found", blocks, language)
	}
}

// lines returns a text whose lines have no indentation and no aligned comments.
func lines(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString("\n" + strings.Join(strings.Fields(line), " "))
	}
	return lines.String() + "\n"
}

// The Go code of the documents is in files that are compiled: in the examples, in the
// tests, or in the package snippets.
func TestGo(t *testing.T) {
	var files []string
	for _, file := range filesWith(t, ".go") {
		files = append(files, lines(text(t, file)))
	}
	eachBlock(t, "go", 12, func(place, block string) {
		if !slices.ContainsFunc(files, func(file string) bool { return strings.Contains(file, lines(block)) }) {
			t.Errorf("%s: no Go file has these lines:\n%s", place, block)
		}
	})
}

// The first Go code of README.md is the whole program examples/listservers.
func TestProgram(t *testing.T) {
	for _, block := range read(t, filepath.Join(root, "README.md")).Blocks {
		if block.Language == "go" {
			_, program, _ := strings.Cut(text(t, filepath.Join(root, "examples/listservers/main.go")), "\npackage main\n")
			if block.Text != "package main\n"+program {
				t.Errorf("README.md has another program:\n%s", block.Text)
			}
			return
		}
	}
	t.Error("README.md has no Go code")
}

// The Python code of the documents is that of test/openstack.
func TestPython(t *testing.T) {
	withoutSpace := func(text string) string { return strings.Join(strings.Fields(text), "") }
	folder := filepath.Join(root, "test/openstack")
	used := withoutSpace(strings.ReplaceAll(text(t, filepath.Join(folder, "instrumented.py")), "OSTRACE_", "") + text(t, filepath.Join(folder, "tracing.sh")))
	eachBlock(t, "python", 2, func(place, block string) {
		if !strings.Contains(used, withoutSpace(block)) {
			t.Errorf("%s: test/openstack does not have this:\n%s", place, block)
		}
	})
}

// The services' options in the documents are those that test/openstack sets, in a file
// or in the environment, in which oslo.config gives them another form.
func TestOptions(t *testing.T) {
	folder := filepath.Join(root, "test/openstack")
	used := text(t, filepath.Join(folder, "etc/common.conf")) + text(t, filepath.Join(folder, "tracing.sh"))
	eachBlock(t, "ini", 4, func(place, block string) {
		for line := range strings.Lines(block) {
			name, _, isOption := strings.Cut(strings.TrimSpace(line), " = ")
			if isOption && !strings.Contains(used, name+" =") && !strings.Contains(used, "__"+strings.ToUpper(name)+"=") {
				t.Errorf("%s: test/openstack does not set %s", place, name)
			}
		}
	})
}
