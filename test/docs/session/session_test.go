// SPDX-License-Identifier: Apache-2.0

package session_test

import (
	"os"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/docs/markdown"
	"github.com/ostrace/ostrace/test/docs/session"
)

func steps(t *testing.T, text string) ([]session.Step, error) {
	t.Helper()
	page, err := markdown.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return session.Steps(page)
}

func TestRun(t *testing.T) {
	list, err := steps(t, "```sh\nexport NAME=value\ncd /\n\n# a comment\necho NAME is $NAME in $PWD  # another\n```\n"+
		"<!-- exit status 3 -->\n```console\n$ (exit 3)\noutput\n```\n"+
		"<!-- until Ctrl-C; it prints: ready -->\n```sh\necho ready; sleep 100\n```\n"+
		"```sh\nfalse\n```\n"+
		"<!-- until Ctrl-C; it prints: ready -->\n```sh\necho no\n```\n"+
		"<!-- it prints this -->\n```console\n$ seq 5\n1\n2\n…\n4\n```\n"+
		"<!-- it prints this -->\n```console\n$ seq 5\n1\n3\n```\n"+
		"```sh\nexit 0\ntrue\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	results, err := session.Session{
		Folder: t.TempDir(), Environment: []string{"PATH=" + os.Getenv("PATH")}, Substitutes: []string{"NAME is", "$0 is"},
	}.Run(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, strings.TrimSpace(r.Command+": "+r.Output)+": "+r.Failure)
	}
	want := []string{
		"export NAME=value:: ", "cd /:: ", "echo $0 is $NAME in $PWD  # another: bash is value in /: ", "(exit 3):: ",
		"echo ready; sleep 100: ready: ", "false:: exit status 1, want 0",
		"echo no: no: it ended with exit status 0, and did not print \"ready\"",
		"seq 5: 1\n2\n3\n4\n5: ", "seq 5: 1\n2\n3\n4\n5: it did not print\n1\n3\n",
		"exit 0:: it did not end (<nil>, )", "true:: it did not end (<nil>, )",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStepsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"```\nls\n```\n":                             `the language ""`,
		"<!-- whenever -->\n```sh\nls\n```\n":        `unknown part "whenever"`,
		"<!-- not run -->\n```sh\nls\n```\n":         `unknown part "not run"`,
		"<!-- exit status x -->\n```sh\nls\n```\n":   `parsing "x"`,
		"<!-- until Ctrl-C -->\n```sh\nls\n```\n":    "need each other",
		"<!-- it prints: x -->\n```sh\nls\n```\n":    "need each other",
		"```console\nls\n```\n":                      "no command",
		"<!-- it prints this -->\n```sh\nls\n```\n":  "its output",
		"```sh\n# a comment\n```\n":                  "no command",
		"```sh\nls\n```\n```rust\nfn main() {}\n```": `the language "rust"`,
	} {
		if _, err := steps(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
