// SPDX-License-Identifier: Apache-2.0

// Package docs_test checks the documents of this repository.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/docs/markdown"
)

// root is the root of the repository.
const root = "../.."

// withCommands are the documents whose commands are run, and whose other blocks are
// checked. The documents in docs/ostrace have the text of --help. Those in test are
// for people who work on this repository, and their commands are targets of make.
func withCommands(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range []string{"README.md", "examples/README.md", "waterfall/README.md", "collector/osprofilerreceiver/README.md"} {
		pages = append(pages, filepath.Join(root, page))
	}
	return pages
}

func read(t *testing.T, file string) *markdown.Page {
	t.Helper()
	page, err := markdown.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// filesWith returns the files of the repository whose names end with the suffix.
func filesWith(t *testing.T, suffix string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || filepath.Join(root, "bin") == file || entry.Name() == "_build"):
			return filepath.SkipDir
		case strings.HasSuffix(file, suffix):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func text(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
