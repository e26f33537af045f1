// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each link from one document to another one leads to a file that exists, and to a
// heading that it has.
func TestLinks(t *testing.T) {
	links := 0
	for _, file := range filesWith(t, ".md") {
		for _, link := range read(t, file).Links {
			if strings.Contains(link.Target, "://") || strings.HasPrefix(link.Target, "mailto:") {
				continue
			}
			links++
			path, anchor, withAnchor := strings.Cut(link.Target, "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s:%d: %s does not exist", file, link.Line, link.Target)
				continue
			}
			if withAnchor && !slices.Contains(read(t, target).Anchors, anchor) {
				t.Errorf("%s:%d: %s has no such heading", file, link.Line, link.Target)
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links were found", links)
	}
}

// Each document in docs is in the index.
func TestIndex(t *testing.T) {
	var listed []string
	for _, link := range read(t, filepath.Join(root, "docs/README.md")).Links {
		listed = append(listed, link.Target)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !slices.Contains(listed, name) {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}

var targets = regexp.MustCompile("(?m)(?:^|`)make((?: [a-z][\\w.-]*)+)")

// Each target of make that a document names exists.
func TestTargets(t *testing.T) {
	makefile := text(t, filepath.Join(root, "Makefile"))
	phony := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindAllStringSubmatch(makefile, -1) {
		for name := range strings.FieldsSeq(line[1]) {
			phony[name] = true
		}
	}
	found := 0
	for _, file := range filesWith(t, ".md") {
		for _, names := range targets.FindAllStringSubmatch(text(t, file), -1) {
			for name := range strings.FieldsSeq(names[1]) {
				found++
				if !phony[name] {
					t.Errorf("%s: make has no target %s", file, name)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d targets were found", found)
	}
}
