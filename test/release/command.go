// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// output runs a program in a folder, and returns what it prints.
func output(ctx context.Context, dir string, name string, args ...string) (string, error) {
	var out, problem bytes.Buffer
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // this program's own arguments
	command.Dir, command.Stdout, command.Stderr = dir, &out, &problem
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{name}, args...), " "), err, problem.Bytes())
	}
	return out.String(), nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := output(ctx, dir, "git", args...)
	return strings.TrimSpace(out), err
}

// goEnv returns the values of variables of the go command.
func goEnv(ctx context.Context, names ...string) ([]string, error) {
	out, err := output(ctx, "", "go", append([]string{"env"}, names...)...)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n"), err
}

// goCommand runs go in a folder, with more variables, and shows what it prints.
func goCommand(ctx context.Context, dir string, environment []string, w io.Writer, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // this program's own arguments
	command.Dir, command.Env = dir, append(os.Environ(), environment...)
	command.Stdout, command.Stderr = w, w
	if err := command.Run(); err != nil {
		return fmt.Errorf("go %s in %s: %w", strings.Join(args, " "), dir, err)
	}
	return nil
}
