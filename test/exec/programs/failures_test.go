// SPDX-License-Identifier: Apache-2.0

package programs_test

import (
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/exec/programs"
)

// TestFailures checks that a command fails with ostrace exec in the same way as
// without it, and that its requests before the failure are traced.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name     string
		command  string
		variable string // the variable that is changed
		status   int
		services []string
	}{
		{"openstack, no such server", "openstack server show no-such-server", "", 1, []string{"keystone", "nova"}},
		{"openstack, wrong password", "openstack token issue", "OS_PASSWORD=wrong", 1, []string{"keystone"}},
		{"curl, no token", "curl --silent --show-error --fail https://identity.cloud.test/v3/projects", "", 22, nil},
		{"tofu, no such image", "tofu -chdir=failing plan -no-color", "", 1, []string{"keystone", "glance"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			environment, err := programs.Prepare(folder, cloud)
			if err != nil {
				t.Fatal(err)
			}
			if test.variable != "" {
				environment = append(environment, test.variable)
			}
			step := programs.Step{Name: test.name, Command: strings.Fields(test.command), Services: test.services}
			alone := run(t, step, folder, environment)
			if alone.status != test.status {
				t.Fatalf("exit status %d, want %d\n%s%s", alone.status, test.status, alone.stdout, alone.stderr)
			}
			traced := run(t, step, folder, environment, inTrace()...)
			wantSame(t, step, traced, alone)
			wantTrace(t, step, traced)
		})
	}
}
