// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mentions matches where a text names a module or a package of the project with a
// version, as go.mod, a manifest of the Collector's builder and a command of go do.
func (p *project) mentions() *regexp.Regexp {
	return regexp.MustCompile(`(` + regexp.QuoteMeta(p.root) + `(?:/[\w./-]+)?[ @])(v[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)`)
}

// inVersion returns a text in which the project's modules have another version.
func (p *project) inVersion(text []byte, version string) []byte {
	mentions := p.mentions()
	return mentions.ReplaceAllFunc(text, func(mention []byte) []byte {
		if parts := mentions.FindSubmatch(mention); string(parts[2]) == p.version {
			return append(slices.Clone(parts[1]), version...)
		}
		return mention
	})
}

// otherVersions returns the places that mention another version than the project's.
// Modules that are not published are mentioned with the version v0.0.0-….
func (p *project) otherVersions() (places []string, err error) {
	names, err := p.mentioning()
	if err != nil {
		return nil, err
	}
	mentions := p.mentions()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return nil, err
		}
		for _, parts := range mentions.FindAllSubmatch(text, -1) {
			if version := string(parts[2]); version != p.version && !strings.HasPrefix(version, "v0.0.0-") {
				places = append(places, name+": "+string(parts[0]))
			}
		}
	}
	return places, nil
}

// setVersion rewrites all places that mention the project's version.
func (p *project) setVersion(version string) error {
	names, err := p.mentioning()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := edit(filepath.Join(p.dir, name), func(text []byte) ([]byte, error) {
			return p.inVersion(text, version), nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// mentioning returns the files that can mention a version that must be the project's.
// The changelog mentions old ones.
func (p *project) mentioning() ([]string, error) {
	names, err := p.files()
	return slices.DeleteFunc(names, func(name string) bool {
		return name == changelogFile || !slices.Contains([]string{".md", ".mod", ".work", ".yaml", ".yml"}, path.Ext(name))
	}), err
}

// edit changes a file, and leaves it alone if nothing changes.
func edit(name string, change func([]byte) ([]byte, error)) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	changed, err := change(text)
	if err != nil || bytes.Equal(text, changed) {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, changed, info.Mode())
}
