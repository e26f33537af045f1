// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
)

// stateVariable is the environment variable of the script's state folder.
const stateVariable = "OSTRACE_OPENSTACK_STATE"

// cloud is the OpenStack that test/openstack/openstack brings up.
type cloud struct {
	release string
	state   string // the script's state folder
}

func newCloud(release string) cloud {
	return cloud{release: release, state: cmp.Or(os.Getenv(stateVariable), "/var/lib/ostrace-openstack")}
}

// up brings up the cloud in a set-up. All its services are started anew, also those
// whose configuration is the same, because a Python process becomes faster in its first
// seconds, and larger with its age.
func (c cloud) up(ctx context.Context, s setup) error {
	if err := c.script(ctx, "stop"); err != nil {
		return err
	}
	return c.script(ctx, append([]string{"up", "RELEASE=" + c.release, "CONCURRENCY_BACKEND=eventlet"}, s.parameters...)...)
}

// script runs test/openstack/openstack.
func (c cloud) script(ctx context.Context, args ...string) error {
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, "../openstack/openstack", args...) //nolint:gosec // the repository's own script
	command.Env = append(os.Environ(), stateVariable+"="+c.state)
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("test/openstack/openstack %v: %w\n%s", args, err, &stderr)
	}
	return nil
}
