// SPDX-License-Identifier: Apache-2.0

package workflows_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// targets returns the targets of the Makefile that are not files.
func targets(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for line := range strings.Lines(string(read(t, "Makefile"))) {
		if names, ok := strings.CutPrefix(line, ".PHONY:"); ok {
			for name := range strings.FieldsSeq(names) {
				all[name] = true
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the Makefile has no targets")
	}
	return all
}

var makeCommand = regexp.MustCompile(`^make((?: [a-z][\w.-]*)+)`)

func TestTargetsOfWorkflows(t *testing.T) {
	have, used := targets(t), 0
	for _, w := range workflows(t) {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				run, ok := step.Exec.(*actionlint.ExecRun)
				if !ok {
					continue
				}
				for _, line := range expand(run.Run.Value, job) {
					if command := makeCommand.FindStringSubmatch(line); command != nil {
						used++
						check(t, have, w.name, command[1])
					}
				}
			}
		}
	}
	if used == 0 {
		t.Error("no workflow runs make")
	}
}

// expand returns the lines of a script, with each value of the job's matrix in turn.
func expand(script string, job *actionlint.Job) []string {
	all := []string{}
	for line := range strings.Lines(script) {
		all = append(all, strings.TrimSpace(line))
	}
	if job.Strategy == nil || job.Strategy.Matrix == nil {
		return all
	}
	for name, row := range job.Strategy.Matrix.Rows {
		reference := "${{ matrix." + name + " }}"
		var next []string
		for _, line := range all {
			if !strings.Contains(line, reference) {
				next = append(next, line)
				continue
			}
			for _, value := range row.Values {
				next = append(next, strings.ReplaceAll(line, reference, strings.Trim(value.String(), `"`)))
			}
		}
		all = next
	}
	return all
}

func check(t *testing.T, have map[string]bool, where, names string) {
	t.Helper()
	for name := range strings.FieldsSeq(names) {
		if !have[name] {
			t.Errorf("%s: the Makefile has no target %s", where, name)
		}
	}
}
