// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// cloud is the OpenStack that is up.
type cloud struct {
	parameters  map[string]string // the parameters of `openstack up`
	credentials map[string]string
}

func findCloud() (cloud, error) {
	state := cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")
	parameters, err := readAssignments(filepath.Join(state, "current/etc/parameters"))
	if err != nil {
		return cloud{}, err
	}
	credentials, err := readAssignments(filepath.Join(state, "openrc"))
	return cloud{parameters, credentials}, err
}

// name returns CLOUD in a recording.
func (c cloud) name() string {
	if release := c.parameters["RELEASE"]; release == "zed" {
		return release
	}
	return c.parameters["CONCURRENCY_BACKEND"]
}

// keepsTraces reports whether the threads of Nova's workers keep the first
// trace that they have seen.
func (c cloud) keepsTraces() bool { return c.parameters["CONCURRENCY_BACKEND"] == "threading" }

// environment returns the environment of a client.
func (c cloud) environment() []string {
	list := []string{"PATH=" + c.parameters["PATH"], "LANG=C.UTF-8", "OTEL_TRACES_EXPORTER=none"}
	for name, value := range c.credentials {
		list = append(list, name+"="+value)
	}
	return list
}

// python returns the Python that has the cloud's own libraries.
func (c cloud) python() (string, error) {
	for _, folder := range filepath.SplitList(c.parameters["PATH"]) {
		if program, err := exec.LookPath(filepath.Join(folder, "python3")); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("there is no python3 in the cloud's PATH, %s", c.parameters["PATH"])
}

// restartWorkers restarts the workers, so that their threads have seen no trace
// yet.
func restartWorkers(ctx context.Context) error {
	restart := exec.CommandContext(ctx, "./openstack", "restart", "nova-conductor", "nova-scheduler", "nova-compute")
	restart.Stderr = os.Stderr
	if err := restart.Run(); err != nil {
		return fmt.Errorf("the services do not restart: %w", err)
	}
	return nil
}

// readAssignments reads lines of NAME=VALUE, with or without "export".
func readAssignments(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		all[name] = value
	}
	return all, err
}
