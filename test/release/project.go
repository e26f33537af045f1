// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// project is a working tree of the repository.
type project struct {
	dir     string
	root    string   // the path of the module in dir
	version string   // the version of all modules that are published
	modules []module // each one comes after those that it requires
}

// module is a module that is published, as versions.yaml lists it.
type module struct {
	path     string
	dir      string   // with slashes, and relative to the repository: "." or "store"
	requires []string // the paths of the modules of this repository that its go.mod requires
}

// topLevel returns the folder of the repository that the working directory is in.
func topLevel() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, versionsFile)); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no " + versionsFile + " in this folder or above it")
		}
		dir = parent
	}
}

const versionsFile = "versions.yaml"

// openProject reads versions.yaml and the go.mod files.
func openProject(dir string) (*project, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	p := &project{dir: dir, root: modfile.ModulePath(text)}
	text, err = os.ReadFile(filepath.Join(dir, versionsFile))
	if err != nil {
		return nil, err
	}
	var versions struct {
		Sets map[string]struct {
			Version string
			Modules []string
		} `yaml:"module-sets"`
	}
	if err := yaml.Unmarshal(text, &versions); err != nil {
		return nil, fmt.Errorf("%s: %w", versionsFile, err)
	}
	// The modules import each other's internal packages, so a program can only use
	// those of the same version together.
	if len(versions.Sets) != 1 {
		return nil, fmt.Errorf("%s has %d module sets; all modules are published together, in one set", versionsFile, len(versions.Sets))
	}
	for _, set := range versions.Sets {
		if p.version = set.Version; !semver.IsValid(p.version) || semver.Canonical(p.version) != p.version {
			return nil, fmt.Errorf("%s: the version %q is not of the form v1.2.3", versionsFile, p.version)
		}
		for _, modulePath := range set.Modules {
			m, err := p.readModule(modulePath)
			if err != nil {
				return nil, err
			}
			p.modules = append(p.modules, m)
		}
	}
	return p, p.sort()
}

func (p *project) readModule(modulePath string) (module, error) {
	if modulePath != p.root && !strings.HasPrefix(modulePath, p.root+"/") {
		return module{}, fmt.Errorf("%s: %s is not below %s", versionsFile, modulePath, p.root)
	}
	m := module{path: modulePath, dir: cmp.Or(strings.TrimPrefix(strings.TrimPrefix(modulePath, p.root), "/"), ".")}
	name := path.Join(m.dir, "go.mod")
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		return module{}, err
	}
	mod, err := modfile.Parse(name, text, nil)
	if err != nil {
		return module{}, err
	}
	if mod.Module.Mod.Path != modulePath {
		return module{}, fmt.Errorf("%s is of %s, and not of %s", name, mod.Module.Mod.Path, modulePath)
	}
	if len(mod.Replace) > 0 {
		return module{}, fmt.Errorf("%s replaces %s; go install PACKAGE@VERSION refuses such a module, and others ignore it, so it belongs into go.work", name, mod.Replace[0].Old.Path)
	}
	for _, required := range mod.Require {
		if p.owns(required.Mod.Path) {
			m.requires = append(m.requires, required.Mod.Path)
		}
	}
	return m, nil
}

// owns tells whether a module or package belongs to this repository.
func (p *project) owns(modulePath string) bool {
	return modulePath == p.root || strings.HasPrefix(modulePath, p.root+"/")
}

// sort puts each module after those that it requires.
func (p *project) sort() error {
	var sorted []module
	done := map[string]bool{}
	for rest := p.modules; len(rest) > 0; {
		var waiting []module
		for _, m := range rest {
			if slices.ContainsFunc(m.requires, func(required string) bool { return !done[required] }) {
				waiting = append(waiting, m)
				continue
			}
			sorted, done[m.path] = append(sorted, m), true
		}
		if len(waiting) == len(rest) {
			return fmt.Errorf("%s requires a module of %v that requires it too, or that %s does not list", rest[0].path, rest[0].requires, versionsFile)
		}
		rest = waiting
	}
	p.modules = sorted
	return nil
}

// find returns the module in a folder, if it is one that is published.
func (p *project) find(dir string) (module, bool) {
	i := slices.IndexFunc(p.modules, func(m module) bool { return m.dir == path.Clean(dir) })
	if i < 0 {
		return module{}, false
	}
	return p.modules[i], true
}

// unpublished are the folders that hold what is built, and Git's own.
var unpublished = []string{".git", "bin", "_build", "__pycache__"}

// files returns the names of the project's files, with slashes and relative to its
// folder.
func (p *project) files() (names []string, err error) {
	err = filepath.WalkDir(p.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains(unpublished, entry.Name()) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() { // a module has no others
			relative, err := filepath.Rel(p.dir, name)
			if err != nil {
				return err
			}
			names = append(names, filepath.ToSlash(relative))
		}
		return nil
	})
	return names, err
}

// moduleFiles returns which of the names are in a folder, and in no module below
// it. The key is the name in that folder.
func moduleFiles(names []string, dir string) map[string]string {
	var below []string // the folders of other modules
	for _, name := range names {
		if path.Base(name) == "go.mod" && path.Dir(name) != dir {
			below = append(below, path.Dir(name)+"/")
		}
	}
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	files := map[string]string{}
	for _, name := range names {
		inside, found := strings.CutPrefix(name, prefix)
		if found && !slices.ContainsFunc(below, func(other string) bool {
			return strings.HasPrefix(other, prefix) && strings.HasPrefix(name, other)
		}) {
			files[inside] = name
		}
	}
	return files
}
