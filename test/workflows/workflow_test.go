// SPDX-License-Identifier: Apache-2.0

// Package workflows_test checks what GitHub reads: the workflows, the issue forms and
// the configuration of Dependabot.
package workflows_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rhysd/actionlint"
)

const root = "../.."

// workflow is the file of a workflow.
type workflow struct {
	name string
	text []byte
	*actionlint.Workflow
}

// workflows reads all workflows.
func workflows(t *testing.T) []workflow {
	t.Helper()
	var all []workflow
	for _, name := range files(t, ".github/workflows/*") {
		text := read(t, name)
		parsed, problems := actionlint.Parse(text)
		for _, problem := range problems {
			t.Errorf("%s: %v", name, problem)
		}
		if parsed == nil {
			t.FailNow()
		}
		all = append(all, workflow{name, text, parsed})
	}
	return all
}

// files returns the files of the repository that match a pattern, and at least one.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(found), err)
	}
	for i, file := range found {
		if found[i], err = filepath.Rel(root, file); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
