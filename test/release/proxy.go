// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gomodule "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// treeVersion returns a version of the modules that is different for each content of
// the working tree: the go command takes it for granted that a version never changes,
// and has its files in the module cache, and what it knows of them in the build cache.
func (p *project) treeVersion() (string, error) {
	names, err := p.files()
	if err != nil {
		return "", err
	}
	on := map[string]string{} // names on the disk, by module path and name
	for _, m := range p.modules {
		for inside, name := range moduleFiles(names, m.dir) {
			on[m.path+"@/"+inside] = filepath.Join(p.dir, filepath.FromSlash(name))
		}
	}
	hash, err := dirhash.Hash1(slices.Collect(maps.Keys(on)), func(name string) (io.ReadCloser, error) { return os.Open(on[name]) })
	if err != nil {
		return "", err
	}
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hash, "h1:"))
	return fmt.Sprintf("%s-tree-%x", p.version, sum[:6]), err
}

// unfinished is the beginning of the names of folders that are not yet published.
const unfinished = ".new-"

// publishTree publishes the working tree below bin/modules, unless that was done
// before, and removes what was published there of other contents. Several processes
// can do so at the same time.
func (p *project) publishTree(ctx context.Context) (*published, error) {
	version, err := p.treeVersion()
	if err != nil {
		return nil, err
	}
	all := filepath.Join(p.dir, "bin", "modules")
	dir := filepath.Join(all, version)
	if exists(dir) {
		return &published{dir: dir, version: version}, nil
	}
	if err := os.MkdirAll(all, 0o750); err != nil {
		return nil, err
	}
	old, err := os.ReadDir(all)
	if err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp(all, unfinished)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	out, err := p.publish(version, temporary)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(temporary, dir); err != nil && !exists(dir) { // another process may have been faster
		return nil, err
	}
	out.dir = dir
	for _, entry := range old {
		if strings.HasPrefix(entry.Name(), unfinished) || entry.Name() == version {
			continue // another process publishes there, or has just published the same
		}
		if err := p.forget(ctx, entry.Name()); err != nil {
			return nil, err
		}
		if err := os.RemoveAll(filepath.Join(all, entry.Name())); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// forget removes a version of the modules from Go's module cache, which would
// otherwise keep every content that the working tree ever had.
func (p *project) forget(ctx context.Context, version string) error {
	cache, err := goEnv(ctx, "GOMODCACHE")
	if err != nil {
		return err
	}
	for _, m := range p.modules {
		escaped, err := gomodule.EscapePath(m.path)
		if err != nil {
			return err
		}
		if err := removeReadOnly(filepath.Join(cache[0], filepath.FromSlash(escaped)+"@"+version)); err != nil {
			return err
		}
		downloads, err := filepath.Glob(filepath.Join(cache[0], "cache", "download", filepath.FromSlash(escaped), "@v", version+".*"))
		if err != nil {
			return err
		}
		for _, name := range downloads {
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	return nil
}

// removeReadOnly removes a folder of the module cache, in which no folder can be
// written to.
func removeReadOnly(dir string) error {
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(name, 0o755) //nolint:gosec // the user's own folder, to remove it
		}
		return err
	})
	if err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	return os.RemoveAll(dir)
}

// environment returns the variables with which the go command finds published
// modules.
func (p *project) environment(ctx context.Context, out *published) ([]string, error) {
	is, err := goEnv(ctx, "GOPROXY", "GONOSUMDB")
	if err != nil {
		return nil, err
	}
	noSum := p.root
	if is[1] != "" {
		noSum += "," + is[1]
	}
	return []string{
		"GOPROXY=" + fileURL(filepath.Join(out.dir, "proxy")) + "," + is[0],
		"GONOSUMDB=" + noSum,
		"GOWORK=off",
		"OSTRACE_VERSION=" + out.version,
	}, nil
}

// publishAsRelease publishes the working tree in a new folder, with the version of
// versions.yaml. The environment that it returns has a module cache of its own there,
// because this content of the version is not the one that is released. The modules of
// others come from the machine's module cache, as far as it has them.
func (p *project) publishAsRelease(ctx context.Context, dir string) (*published, []string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	if entries, err := os.ReadDir(dir); len(entries) > 0 {
		return nil, nil, fmt.Errorf("the folder %s is not empty", dir)
	} else if err != nil && !os.IsNotExist(err) {
		return nil, nil, err
	}
	out, err := p.publish(p.version, dir)
	if err != nil {
		return nil, nil, err
	}
	environment, err := p.environment(ctx, out)
	if err != nil {
		return nil, nil, err
	}
	cache, err := goEnv(ctx, "GOMODCACHE")
	if err != nil {
		return nil, nil, err
	}
	others := fileURL(filepath.Join(cache[0], "cache", "download"))
	environment[0] = strings.Replace(environment[0], ",", ","+others+",", 1)
	return out, append(environment, "GOMODCACHE="+filepath.Join(dir, "cache")), nil
}

func fileURL(name string) string {
	name = filepath.ToSlash(name)
	if !strings.HasPrefix(name, "/") { // a drive
		name = "/" + name
	}
	// A comma would end the address in GOPROXY.
	return strings.ReplaceAll((&url.URL{Scheme: "file", Path: name}).String(), ",", "%2C")
}

// printEnvironment publishes the working tree, or does so as a release in a folder,
// and prints the environment for a shell.
func printEnvironment(ctx context.Context, top, asRelease string, w io.Writer) error {
	p, err := openProject(top)
	if err != nil {
		return err
	}
	var environment []string
	if asRelease != "" {
		_, environment, err = p.publishAsRelease(ctx, asRelease)
	} else {
		var out *published
		if out, err = p.publishTree(ctx); err == nil {
			environment, err = p.environment(ctx, out)
		}
	}
	if err != nil {
		return err
	}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if _, err := fmt.Fprintf(w, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`)); err != nil {
			return err
		}
	}
	return nil
}
