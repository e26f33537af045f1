// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/docs/session"
)

func steps(t *testing.T, page string) []session.Step {
	t.Helper()
	list, err := session.Steps(read(t, page))
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	return list
}

// At most five blocks of commands are not run. The documents have the reasons.
func TestNotRun(t *testing.T) {
	reasons := map[string]string{}
	for _, page := range withCommands(t) {
		for _, step := range steps(t, page) {
			if step.NotRun != "" {
				reasons[fmt.Sprintf("%s:%d", page, step.Line)] = step.NotRun
			}
		}
	}
	if len(reasons) > 5 {
		t.Errorf("%d blocks are not run: %v", len(reasons), reasons)
	}
}

// Each command of the documents does what the document says. The package documents of
// test/exec runs the commands that need a real cloud.
func TestCommands(t *testing.T) {
	w := newWorld(t)
	operators := filepath.Join(root, "docs/operators.md")
	t.Run("the questions of docs/operators.md", func(t *testing.T) {
		s := w.session(t, operators)
		s.Environment = append(s.Environment, "OS_CLOUD=mycloud", "OS_PROFILE=SECRET_KEY", "OSPROFILER_CONNECTION_STRING="+w.redisURL)
		run(t, s, operators, questions(t, operators))
	})
	for _, page := range withCommands(t) {
		var list []session.Step
		for _, step := range steps(t, page) {
			if step.NotRun == "" && !step.InCloud {
				list = append(list, step)
			}
		}
		if len(list) > 0 {
			t.Run(strings.TrimPrefix(page, root+"/"), func(t *testing.T) {
				run(t, w.session(t, page), page, list)
			})
		}
	}
}

// questions returns the commands in the tables that lead from a question to a command.
func questions(t *testing.T, page string) (list []session.Step) {
	t.Helper()
	for _, code := range read(t, page).Cells {
		if !strings.HasPrefix(code.Text, "ostrace ") {
			continue
		}
		step := session.Step{Line: code.Line, Command: code.Text}
		if strings.HasPrefix(code.Text, "ostrace doctor") {
			step.Status = 1 // it finds problems of the simulated cloud
		}
		list = append(list, step)
	}
	if len(list) < 15 {
		t.Errorf("only %d commands were found in %s", len(list), page)
	}
	return list
}

func run(t *testing.T, s session.Session, page string, list []session.Step) {
	t.Helper()
	results, err := s.Run(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Failure != "" {
			t.Errorf("%s:%d: %s: %s\n%s", page, r.Line, r.Command, r.Failure, r.Output)
		} else if testing.Verbose() {
			t.Logf("%s\n%s", r.Command, r.Output)
		}
	}
}
