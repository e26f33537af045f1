// SPDX-License-Identifier: Apache-2.0

package workflows_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	usesKey = regexp.MustCompile(`^\s*(?:- )?uses:\s*(.*)$`)
	pinned  = regexp.MustCompile(`^([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$`)
)

// A tag can be moved to other code, and a commit can't.
func TestActionsArePinned(t *testing.T) {
	commits := map[string]string{} // by repository
	for _, w := range workflows(t) {
		for line := range strings.Lines(string(w.text)) {
			uses := usesKey.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			if uses == nil {
				continue
			}
			pin := pinned.FindStringSubmatch(uses[1])
			if pin == nil {
				t.Errorf("%s: %q is not an action at a commit, with its version in a comment, such as: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3", w.name, uses[1])
				continue
			}
			commit := pin[2] + " # " + pin[3]
			if other, seen := commits[pin[1]]; seen && other != commit {
				t.Errorf("%s: %s is at %s, and at %s elsewhere", w.name, pin[1], commit, other)
			}
			commits[pin[1]] = commit
		}
	}
	if len(commits) == 0 {
		t.Error("no workflow uses an action")
	}
}
