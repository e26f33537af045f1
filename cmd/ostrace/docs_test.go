// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra/doc"
)

var update = flag.Bool("update", false, "write the pages of docs/ostrace, and the output in testdata/script")

// The pages of docs/ostrace have the texts of --help.
func TestDocs(t *testing.T) {
	const pages = "../../docs/ostrace"
	made := t.TempDir()
	command := newCommand(streams{os.Stdin, os.Stdout, os.Stderr})
	command.DisableAutoGenTag = true
	if err := doc.GenMarkdownTree(command, made); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(made, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		page := filepath.Join(pages, filepath.Base(file))
		want := []byte(read(t, file))
		if *update {
			if err := os.WriteFile(page, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(page); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what --help says now: go test -C cmd/ostrace -run TestDocs -update (%v)", page, err)
		}
	}
	if there, _ := filepath.Glob(filepath.Join(pages, "*.md")); len(there) != len(files) {
		t.Errorf("%d pages, want %d: %v", len(there), len(files), there)
	}
}
