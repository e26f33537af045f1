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

// cloud is the OpenStack that test/openstack/openstack brings up.
type cloud struct {
	release string
	state   string // the script's state folder
}

func newCloud(release string) cloud {
	return cloud{release: release, state: cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")}
}

// up brings up the cloud in a set-up. The script restarts only the services whose
// configuration differs. Nova runs on eventlet, because OSProfiler mixes the traces of
// native threads.
func (c cloud) up(ctx context.Context, s setup) error {
	args := append([]string{"up", "RELEASE=" + c.release, "CONCURRENCY_BACKEND=eventlet"}, s.parameters...)
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, "../openstack/openstack", args...) //nolint:gosec // the repository's own script
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("test/openstack/openstack %v: %w\n%s", args, err, &stderr)
	}
	return nil
}
