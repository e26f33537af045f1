// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// environment has the variables of a command: NAME=VALUE.
type environment []string

func (e environment) lookup(name string) string {
	for _, variable := range e {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// admin returns the environment of the running cloud's admin. It has nothing of the
// caller's own but HOME, so that neither another Python nor a proxy disturbs.
func admin(state string) (environment, error) {
	env := environment{"HOME=" + os.Getenv("HOME"), "LANG=C.UTF-8"}
	for _, name := range []string{"current/etc/parameters", "openrc"} {
		text, err := os.ReadFile(filepath.Join(state, name))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
			if strings.HasPrefix(line, "OS_") || strings.HasPrefix(line, "PATH=") {
				env = append(env, line)
			}
		}
	}
	return env, nil
}

// command is the openstack command of the cloud's release.
type command struct {
	env  environment
	args []string // before those of each call
}

func newCommand(s setup, env environment) command {
	c := command{env: env}
	if s.headers == signedHeaders {
		c.args = []string{"--os-profile", secretKey}
	}
	if s.gateway {
		c.env = append(slices.Clip(c.env), "http_proxy=http://"+roles["gateway"].address)
	}
	return c
}

// run runs the command with these arguments.
func (c command) run(ctx context.Context, args ...string) error {
	program := "openstack"
	for _, folder := range filepath.SplitList(c.env.lookup("PATH")) {
		if file := filepath.Join(folder, program); isFile(file) {
			program = file
			break
		}
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, append(slices.Clip(c.args), args...)...) //nolint:gosec // the cloud's own command
	cmd.Env, cmd.Stderr = c.env, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("openstack %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
