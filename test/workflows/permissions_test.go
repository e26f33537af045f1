// SPDX-License-Identifier: Apache-2.0

package workflows_test

import (
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// What no job asks for, a workflow can't write.
func TestPermissions(t *testing.T) {
	for _, w := range workflows(t) {
		if w.Permissions == nil {
			t.Errorf("%s has no permissions, and so those that the repository's settings give", w.name)
			continue
		}
		if w.Permissions.All != nil {
			t.Errorf("%s: the permissions of the whole workflow are %q", w.name, w.Permissions.All.Value)
		}
		for name, scope := range w.Permissions.Scopes {
			if scope.Value.Value == "write" {
				t.Errorf("%s: the whole workflow can write %s; only the job that needs it should", w.name, name)
			}
		}
	}
}

// pull_request_target and workflow_run run with the repository's permissions, also for
// the pull request of a stranger.
func TestNoStrangersCode(t *testing.T) {
	for _, w := range workflows(t) {
		for _, event := range w.On {
			if name := event.EventName(); name == "pull_request_target" || name == "workflow_run" {
				t.Errorf("%s runs on %s", w.name, name)
			}
		}
	}
}

// A step that runs code of the repository must not find the token in its .git/config.
func TestCheckoutKeepsNoToken(t *testing.T) {
	checkouts := 0
	for _, w := range workflows(t) {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				action, ok := step.Exec.(*actionlint.ExecAction)
				if !ok || !strings.HasPrefix(action.Uses.Value, "actions/checkout@") {
					continue
				}
				checkouts++
				if keeps := action.Inputs["persist-credentials"]; keeps == nil || keeps.Value.Value != "false" {
					t.Errorf("%s, job %s: the checkout has no persist-credentials: false", w.name, job.ID.Value)
				}
			}
		}
	}
	if checkouts == 0 {
		t.Error("no workflow has a checkout")
	}
}
