// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// verify checks with multimod that versions.yaml lists each module of the working tree
// once. Multimod reads every folder of a repository, so it gets one that has only the
// project's go.mod files: what the make targets build can have others, and can change
// while it reads.
func verify(ctx context.Context, top string) error {
	p, err := openProject(top)
	if err != nil {
		return err
	}
	names, err := p.files()
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "ostrace-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	if _, err := git(ctx, temporary, "init", "--quiet"); err != nil {
		return err
	}
	for _, name := range names {
		if name != versionsFile && path.Base(name) != "go.mod" {
			continue
		}
		to := filepath.Join(temporary, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(top, name), to); err != nil {
			return err
		}
	}
	multimod, err := output(ctx, "", "go", "tool", "-n", "multimod")
	if err != nil {
		return err
	}
	_, err = output(ctx, temporary, strings.TrimSpace(multimod), "verify")
	return err
}
