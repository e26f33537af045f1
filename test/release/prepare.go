// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// versionConstants are the files with the version of the instrumentation scopes.
var versionConstants = []string{"otelhttp/scope.go", "api/ostrace.txt"}

// prepare makes the branch release-VERSION at HEAD, with one commit more: that of the
// release. It does so in a working tree of its own.
func prepare(ctx context.Context, top, version, date string, w io.Writer) error {
	previous, err := lastRelease(ctx, top)
	if err != nil {
		return err
	}
	if err := checkVersion(version, previous); err != nil {
		return err
	}
	branch, created := "release-"+version, false
	err = inCommit(ctx, top, "HEAD", func(dir string) error {
		if _, err := git(ctx, dir, "switch", "--create", branch); err != nil {
			return err
		}
		created = true
		if err := prepareTree(dir, version, previous, date, w); err != nil {
			return err
		}
		if previous != "" {
			if err := checkAPI(ctx, top, dir, version, previous, w); err != nil {
				return err
			}
		}
		if _, err := git(ctx, dir, "add", "--all"); err != nil {
			return err
		}
		_, err := git(ctx, dir, "commit", "--quiet", "--message", "Release "+version)
		return err
	})
	if err != nil {
		if created {
			_, _ = git(context.WithoutCancel(ctx), top, "branch", "--quiet", "--delete", "--force", branch)
		}
		return err
	}
	_, err = fmt.Fprintf(w, "The branch %s has the commit \"Release %s\". RELEASING.md says how it goes on.\n", branch, version)
	return err
}

// checkVersion returns an error if a version can't follow the last release.
func checkVersion(version, previous string) error {
	switch {
	case !semver.IsValid(version) || semver.Canonical(version) != version || semver.Build(version) != "":
		return fmt.Errorf("the version %q is not of the form v1.2.3", version)
	case semver.Compare(version, "v2.0.0-0") >= 0:
		return fmt.Errorf("%s: from v2 on, the paths of the modules have to end in /v2", version)
	case previous != "" && semver.Compare(version, previous) <= 0:
		return fmt.Errorf("%s is not newer than the last release, %s", version, previous)
	}
	return nil
}

// prepareTree changes a working tree into that of a release.
func prepareTree(dir, version, previous, date string, w io.Writer) error {
	p, err := openProject(dir)
	if err != nil {
		return err
	}
	if err := p.setVersion(version); err != nil {
		return err
	}
	for _, name := range versionConstants {
		if err := edit(filepath.Join(dir, name), func(text []byte) ([]byte, error) {
			return bytes.ReplaceAll(text, quoted(p.version), quoted(version)), nil
		}); err != nil {
			return err
		}
	}
	if err := edit(filepath.Join(dir, versionsFile), func(text []byte) ([]byte, error) {
		return bytes.Replace(text, []byte("version: "+p.version+"\n"), []byte("version: "+version+"\n"), 1), nil
	}); err != nil {
		return err
	}
	if err := edit(filepath.Join(dir, changelogFile), func(text []byte) ([]byte, error) {
		changed, err := releaseChanges(string(text), version, previous, date, "https://"+p.root)
		return []byte(changed), err
	}); err != nil {
		return err
	}
	if p, err = openProject(dir); err != nil {
		return err
	}
	if err := p.writeSums(); err != nil {
		return err
	}
	return p.check(w)
}

// quoted returns a version as Go's source has it, without the v.
func quoted(version string) []byte {
	return []byte(strconv.Quote(strings.TrimPrefix(version, "v")))
}

// writeSums writes the sums of the project's own modules into each go.sum. That does
// not change a sum which is already written, because the zip of a module does not have
// the go.sum of a module that requires it.
func (p *project) writeSums() error {
	sums, err := p.releaseSums()
	if err != nil {
		return err
	}
	for _, m := range p.modules {
		if err := p.writeSum(m, sums[m.path]); err != nil {
			return err
		}
	}
	return nil
}

// releaseSums returns the go.sum of each module, by its path, as a release of the
// working tree has it.
func (p *project) releaseSums() (map[string][]byte, error) {
	temporary, err := os.MkdirTemp("", "ostrace-release-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	out, err := p.publish(p.version, temporary)
	if err != nil {
		return nil, err
	}
	sums := map[string][]byte{}
	for _, m := range p.modules {
		if sums[m.path], err = os.ReadFile(out.goSum(m)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// checkHead checks that the commit HEAD can be tagged as the release of versions.yaml.
func checkHead(ctx context.Context, top string, w io.Writer) error {
	return inCommit(ctx, top, "HEAD", func(dir string) error {
		p, err := openProject(dir)
		if err != nil {
			return err
		}
		return p.check(w)
	})
}

// check tells what keeps a working tree from being a release, and returns an error if
// there is something.
func (p *project) check(w io.Writer) error {
	var problems []string
	places, err := p.otherVersions()
	if err != nil {
		return err
	}
	for _, place := range places {
		problems = append(problems, place+" is not "+p.version)
	}
	for _, name := range versionConstants {
		text, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return err
		}
		if !bytes.Contains(text, quoted(p.version)) {
			problems = append(problems, fmt.Sprintf("%s does not have the version %s", name, quoted(p.version)))
		}
	}
	changelog, err := os.ReadFile(filepath.Join(p.dir, changelogFile))
	if err != nil {
		return err
	}
	problems = append(problems, checkChanges(string(changelog), p.version)...)
	wrong, err := p.wrongSums()
	if err != nil {
		return err
	}
	if problems = append(problems, wrong...); len(problems) > 0 {
		return errors.New("this is not the release " + p.version + ":\n" + strings.Join(problems, "\n"))
	}
	_, err = fmt.Fprintf(w, "This is the release %s: the versions, the sums in go.sum, and %s agree.\n", p.version, changelogFile)
	return err
}

// wrongSums returns the go.sum files that do not have the sums of the project's own
// modules.
func (p *project) wrongSums() (problems []string, err error) {
	sums, err := p.releaseSums()
	if err != nil {
		return nil, err
	}
	for _, m := range p.modules {
		is, err := os.ReadFile(filepath.Join(p.dir, m.dir, "go.sum"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if !bytes.Equal(is, sums[m.path]) {
			problems = append(problems, m.dir+"/go.sum does not have the sums of this repository's modules")
		}
	}
	return problems, nil
}
