// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// These are the cloud's settings, which test/openstack makes.
const (
	hmacKey       = "SECRET_KEY"
	redisURL      = "redis://127.0.0.1:6379"
	cloudName     = "ostrace"
	identityPort  = "127.0.0.1:5000"
	defaultFolder = "/var/lib/ostrace-openstack"
)

// ostrace is the command, which TestMain builds.
var ostrace string

func TestMain(m *testing.M) {
	status, err := withCloud(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func withCloud(m *testing.M) (int, error) {
	connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", identityPort)
	if err != nil {
		return 0, fmt.Errorf("OpenStack is not up: %w\nBring it up with: make openstack-up RELEASE=2026.2", err)
	}
	if err := connection.Close(); err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp("", "adopting")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	ostrace = filepath.Join(folder, "ostrace")
	build := exec.Command("go", "build", "-C", "../../cmd/ostrace", "-tags", "grpcnotrace", "-o", ostrace, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", build, err)
	}
	return m.Run(), nil
}

// stateFolder is where test/openstack keeps the cloud.
func stateFolder() string { return cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), defaultFolder) }

// cloudsYAML returns the file with the credentials of the cloud's administrator.
func cloudsYAML() string { return filepath.Join(stateFolder(), "clouds.yaml") }

// openstack runs the OpenStack command-line client.
func openstack(t *testing.T, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(stateFolder(), "current", "venv", "bin", "openstack"), arguments...)
	cmd.Env = environment()
	output(t, cmd)
}

// environment returns the environment of a program that uses the cloud.
func environment(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"OS_CLIENT_CONFIG_FILE=" + cloudsYAML(), "OS_CLOUD=" + cloudName,
	}, more...)
}
