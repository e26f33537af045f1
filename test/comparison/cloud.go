// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// stateVariable is the environment variable of the script's state folder.
const stateVariable = "OSTRACE_OPENSTACK_STATE"

// cloud is the OpenStack that test/openstack/openstack brings up.
type cloud struct {
	release string
	state   string // the script's state folder
	fresh   bool   // each set-up begins with the databases of a new cloud
}

func newCloud(release string) cloud {
	return cloud{release: release, state: cmp.Or(os.Getenv(stateVariable), "/var/lib/ostrace-openstack")}
}

// up brings up the cloud in a set-up. All its services are started anew, also those
// whose configuration is the same, because a Python process becomes faster in its first
// seconds, and larger with its age.
func (c cloud) up(ctx context.Context, s setup) error {
	var err error
	if c.fresh {
		err = c.renew(ctx, s)
	} else {
		err = c.script(ctx, "stop")
	}
	if err != nil {
		return err
	}
	return c.start(ctx, s)
}

func (c cloud) start(ctx context.Context, s setup) error {
	return c.script(ctx, append([]string{"up", "RELEASE=" + c.release, "CONCURRENCY_BACKEND=eventlet"}, s.parameters...)...)
}

// renew stops the cloud, and gives it the databases of a new one, because Nova and Glance keep the
// rows of what was deleted. They are made once, and then copied.
func (c cloud) renew(ctx context.Context, s setup) error {
	databases := filepath.Join(c.state, c.release, "db")
	kept := filepath.Join(c.state, c.release, "db-new")
	if err := c.script(ctx, "down"); err != nil {
		return err
	}
	if err := os.RemoveAll(databases); err != nil {
		return err
	}
	if _, err := os.Stat(kept); err == nil {
		return copyFolder(ctx, kept, databases)
	}
	if err := c.start(ctx, s); err != nil {
		return err
	}
	if err := c.script(ctx, "down"); err != nil {
		return err
	}
	unfinished := kept + ".unfinished"
	if err := errors.Join(os.RemoveAll(unfinished), copyFolder(ctx, databases, unfinished)); err != nil {
		return err
	}
	return os.Rename(unfinished, kept)
}

// copyFolder copies a folder that is not there yet, with the owners of its files.
func copyFolder(ctx context.Context, from, to string) error {
	if out, err := exec.CommandContext(ctx, "cp", "-a", from, to).CombinedOutput(); err != nil { //nolint:gosec // folders of the cloud
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
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
