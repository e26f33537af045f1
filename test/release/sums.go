// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// withoutOwnSums returns a go.sum without the lines of the project's own modules.
// Those of the last release are in it, and each change of a module makes them wrong.
func (p *project) withoutOwnSums(goSum []byte) []byte {
	var kept [][]byte
	for line := range bytes.Lines(goSum) {
		if !p.owns(sumPath(line)) {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, nil)
}

// ownSums returns the lines of a go.sum that withoutOwnSums leaves out.
func (p *project) ownSums(goSum []byte) (lines []string) {
	for line := range bytes.Lines(goSum) {
		if p.owns(sumPath(line)) {
			lines = append(lines, strings.TrimSuffix(string(line), "\n"))
		}
	}
	return lines
}

func sumPath(line []byte) string {
	modulePath, _, _ := bytes.Cut(line, []byte(" "))
	return string(modulePath)
}

// writeSum writes the go.sum of a module, which does not need one if it requires
// nothing.
func (p *project) writeSum(m module, goSum []byte) error {
	name := filepath.Join(p.dir, m.dir, "go.sum")
	if len(goSum) == 0 && !exists(name) {
		return nil
	}
	return os.WriteFile(name, goSum, 0o644) //nolint:gosec // a file of the repository
}

// withLines returns a go.sum with more lines, each at its place in the order of the
// modules' paths.
func withLines(goSum []byte, more []string) []byte {
	lines := strings.SplitAfter(strings.TrimSuffix(string(goSum), "\n"), "\n")
	if len(goSum) == 0 {
		lines = nil
	} else {
		lines[len(lines)-1] += "\n"
	}
	for _, line := range slices.Sorted(slices.Values(more)) {
		at := slices.IndexFunc(lines, func(other string) bool { return other > line })
		if at < 0 {
			at = len(lines)
		}
		lines = slices.Insert(lines, at, line+"\n")
	}
	return []byte(strings.Join(lines, ""))
}
