// SPDX-License-Identifier: Apache-2.0

package workflows_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/rhysd/actionlint"
)

func TestLint(t *testing.T) {
	var out bytes.Buffer
	linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files(t, ".github/workflows/*") {
		names = append(names, filepath.Join(root, name))
	}
	if problems, err := linter.LintFiles(names, nil); err != nil || len(problems) > 0 {
		t.Errorf("%v\n%s", err, out.String())
	}
}
