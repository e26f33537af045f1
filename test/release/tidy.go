// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// tidy runs go mod tidy in a module of the working tree, or only prints the changes
// that it would make, and fails if there are some. The go command does not use go.work
// for that, so a module that is published gets the other modules from the published
// working tree.
func tidy(ctx context.Context, top, dir string, onlyDiff bool, w io.Writer) error {
	p, err := openProject(top)
	if err != nil {
		return err
	}
	args := []string{"mod", "tidy"}
	if onlyDiff {
		args = append(args, "-diff")
	}
	m, ok := p.find(filepath.ToSlash(dir))
	if !ok {
		return goCommand(ctx, filepath.Join(top, dir), nil, w, args...)
	}
	out, err := p.publishTree(ctx)
	if err != nil {
		return err
	}
	environment, err := p.environment(ctx, out)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "ostrace-tidy-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	goMod, goSum := filepath.Join(temporary, "tidy.mod"), filepath.Join(temporary, "tidy.sum")
	if err := errors.Join(copyFile(out.goMod(m), goMod), copyFile(out.goSum(m), goSum)); err != nil {
		return err
	}
	if err := goCommand(ctx, filepath.Join(top, m.dir), environment, w, append(args, "-modfile="+goMod)...); err != nil || onlyDiff {
		return err
	}
	return p.takeOver(m, goMod, goSum, out.version)
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// takeOver writes a module's go.mod and go.sum from files that were made for the
// published working tree.
func (p *project) takeOver(m module, goMod, goSum, version string) error {
	text, err := os.ReadFile(goMod)
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(goSum)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(filepath.Join(p.dir, m.dir, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(
		edit(filepath.Join(p.dir, m.dir, "go.mod"), func([]byte) ([]byte, error) {
			return bytes.ReplaceAll(text, []byte(version), []byte(p.version)), nil
		}),
		p.writeSum(m, withLines(p.withoutOwnSums(sums), p.ownSums(old))),
	)
}
