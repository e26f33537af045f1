// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

const page = "../../docs/adopting.md"

var update = flag.Bool("update", false, "write the lines and the traces into docs/adopting.md")

// section writes a section of the page, which is between two comments. Without
// -update it compares the section, if that is possible: each run has another trace.
func section(t *testing.T, name, text string, compare bool) {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+": written by make adopting -->\n\n", "<!-- end -->\n"
	before, rest, found := strings.Cut(string(content), begin)
	old, after, closed := strings.Cut(rest, end)
	text += "\n"
	switch {
	case !found || !closed:
		t.Errorf("%s has no place for the section %q", page, name)
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+text+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	case compare && old != text:
		t.Errorf("the section %q of %s is out of date: run make adopting", name, page)
	case strings.TrimSpace(old) == "":
		t.Errorf("the section %q of %s is empty: run make adopting", name, page)
	}
}

// TestTracingFile writes the file that all projects get.
func TestTracingFile(t *testing.T) {
	_, content, _ := strings.Cut(string(testdata(t, "tracing.go")), "\n\n")
	section(t, "tracing.go", "```go\n"+content+"```\n", true)
}
