// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	gomodule "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// published are modules as a module proxy has them.
type published struct {
	dir     string
	version string
	sums    map[string][]string // the lines of go.sum for each module, by its path
}

// publish writes the modules of the project with a version, as the proxy of a release
// would have them: the files of https://go.dev/ref/mod#goproxy-protocol are below
// dir/proxy. Beside it, for each module, are its go.mod and go.sum in that version
// (published.goMod and published.goSum).
func (p *project) publish(version, dir string) (*published, error) {
	names, err := p.files()
	if err != nil {
		return nil, err
	}
	out := &published{dir: dir, version: version, sums: map[string][]string{}}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	for _, m := range p.modules {
		if err := p.publishModule(m, moduleFiles(names, m.dir), out); err != nil {
			return nil, fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return out, nil
}

func (p *project) publishModule(m module, names map[string]string, out *published) error {
	goMod, err := os.ReadFile(filepath.Join(p.dir, m.dir, "go.mod"))
	if err != nil {
		return err
	}
	goMod = p.inVersion(goMod, out.version)
	goSum, err := os.ReadFile(filepath.Join(p.dir, m.dir, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var own []string
	for _, required := range m.requires {
		own = append(own, out.sums[required]...)
	}
	goSum = withLines(p.withoutOwnSums(goSum), own)
	if err := errors.Join(os.WriteFile(out.goMod(m), goMod, 0o600), os.WriteFile(out.goSum(m), goSum, 0o600)); err != nil {
		return err
	}

	files := []modzip.File{file{"go.mod", out.goMod(m)}}
	if _, ok := names["go.sum"]; ok || len(goSum) > 0 {
		files = append(files, file{"go.sum", out.goSum(m)})
	}
	for inside, name := range names {
		if inside != "go.mod" && inside != "go.sum" {
			files = append(files, file{inside, filepath.Join(p.dir, filepath.FromSlash(name))})
		}
	}
	// A module without a licence of its own has that of the repository
	// (https://go.dev/ref/mod#vcs-license).
	if _, ok := names["LICENSE"]; !ok {
		if licence := filepath.Join(p.dir, "LICENSE"); exists(licence) {
			files = append(files, file{"LICENSE", licence})
		}
	}

	escaped, err := gomodule.EscapePath(m.path)
	if err != nil {
		return err
	}
	base := filepath.Join(out.dir, "proxy", filepath.FromSlash(escaped), "@v", out.version)
	if err := os.MkdirAll(filepath.Dir(base), 0o750); err != nil {
		return err
	}
	info, err := json.Marshal(struct{ Version string }{out.version})
	if err != nil {
		return err
	}
	if err := errors.Join(
		writeZip(base+".zip", gomodule.Version{Path: m.path, Version: out.version}, files),
		os.WriteFile(base+".mod", goMod, 0o600),
		os.WriteFile(base+".info", info, 0o600),
		os.WriteFile(filepath.Join(filepath.Dir(base), "list"), []byte(out.version+"\n"), 0o600),
	); err != nil {
		return err
	}
	zipSum, err := dirhash.HashZip(base+".zip", dirhash.Hash1)
	if err != nil {
		return err
	}
	modSum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(out.goMod(m)) })
	if err != nil {
		return err
	}
	out.sums[m.path] = []string{
		fmt.Sprintf("%s %s %s", m.path, out.version, zipSum),
		fmt.Sprintf("%s %s/go.mod %s", m.path, out.version, modSum),
	}
	return nil
}

// goMod returns the name of the file with a module's go.mod. It is not go.mod, so that
// the folder is not taken for a module, and so that go's flag -modfile takes it.
func (out *published) goMod(m module) string {
	name := strings.ReplaceAll(m.dir, "/", "-")
	if m.dir == "." {
		name = path.Base(m.path)
	}
	return filepath.Join(out.dir, name+".mod")
}

// goSum returns the name of the file with a module's go.sum, where the go command
// looks for it beside the file of goMod.
func (out *published) goSum(m module) string {
	return strings.TrimSuffix(out.goMod(m), ".mod") + ".sum"
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func writeZip(name string, version gomodule.Version, files []modzip.File) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(modzip.Create(out, version, files), out.Close())
}

// file is a file of a module: its path in the module, and its name on the disk.
type file struct{ path, name string }

func (f file) Path() string                 { return f.path }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(f.name) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(f.name) }
