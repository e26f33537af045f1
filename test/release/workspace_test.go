// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// In a working tree, each module is built and tested with the versions of other modules
// that its users get: its go.work changes none of them.
func TestWorkspaces(t *testing.T) {
	top, err := topLevel()
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, top)
	out, err := p.publishTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	environment, err := p.environment(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range p.modules {
		if len(m.requires) == 0 {
			continue
		}
		t.Run(m.dir, func(t *testing.T) {
			goMod := filepath.Join(t.TempDir(), "copy.mod")
			write(t, filepath.Dir(goMod), map[string]string{"copy.mod": read(t, out.goMod(m)), "copy.sum": read(t, out.goSum(m))})
			inTree := p.buildList(t, m, []string{"GOWORK="})
			released := p.buildList(t, m, environment, "-modfile="+goMod)
			if !slices.Equal(inTree, released) {
				t.Errorf("in the working tree it is\n%s\nand for its users\n%s", strings.Join(inTree, "\n"), strings.Join(released, "\n"))
			}
		})
	}
}

// buildList returns the modules of others, with their versions, that the packages and
// tests of a module use.
func (p *project) buildList(t *testing.T, m module, environment []string, flags ...string) (list []string) {
	t.Helper()
	dir := filepath.Join(p.dir, m.dir)
	args := append([]string{"list"}, flags...)
	args = append(args, "-deps", "-test", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "./...")
	var printed bytes.Buffer
	if err := goCommand(t.Context(), dir, environment, &printed, args...); err != nil {
		t.Fatalf("%v\n%s", err, &printed)
	}
	for line := range strings.Lines(printed.String()) {
		line = strings.TrimSpace(line)
		if path, _, _ := strings.Cut(line, " "); path != "" && path != "go:" && !p.owns(path) {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
