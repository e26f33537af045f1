// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// inCommit calls a function with a folder that has the files of a commit and nothing
// else. The folder is a working tree of the repository, and is removed again.
func inCommit(ctx context.Context, top, commit string, use func(dir string) error) error {
	temporary, err := os.MkdirTemp("", "ostrace-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	dir := filepath.Join(temporary, "tree")
	if _, err := git(ctx, top, "worktree", "add", "--quiet", "--detach", dir, commit); err != nil {
		return err
	}
	defer func() { _, _ = git(context.WithoutCancel(ctx), top, "worktree", "remove", "--force", dir) }()
	return use(dir)
}

// lastRelease returns the newest release that HEAD contains, or an empty string.
func lastRelease(ctx context.Context, top string) (string, error) {
	tags, err := git(ctx, top, "tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort", "-version:refname")
	newest, _, _ := strings.Cut(tags, "\n")
	return newest, err
}
