// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// libraries are the folders of the modules that programs import. The Go of caddy and of
// collector/osprofilerreceiver is only for Caddy and for the Collector.
var libraries = []string{".", "store", "waterfall"}

// printAPIChanges compares the API of the working tree with that of the last release.
// Programs break by an incompatible change, so only a release with a new minor version
// can have one before version 1.
func printAPIChanges(ctx context.Context, top string, w io.Writer) error {
	previous, err := lastRelease(ctx, top)
	if err != nil {
		return err
	}
	if previous == "" {
		_, err := fmt.Fprintln(w, "There is no release yet that the API could be compared with.")
		return err
	}
	report, err := apiChanges(ctx, top, top, previous)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "Since %s:\n%s", previous, report)
	return err
}

// checkAPI returns an error if a new version does not allow the changes since the last
// release.
func checkAPI(ctx context.Context, top, dir, version, previous string, w io.Writer) error {
	report, err := apiChanges(ctx, top, dir, previous)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "The API since %s:\n%s", previous, report); err != nil {
		return err
	}
	if len(report.incompatible) > 0 && semver.MajorMinor(version) == semver.MajorMinor(previous) {
		return fmt.Errorf("programs break by %d of these changes, so %s must be a new minor version", len(report.incompatible), version)
	}
	if len(report.incompatible) > 0 && semver.Major(previous) != "v0" {
		return errors.New("programs break by some of these changes, so they need a new major version")
	}
	return nil
}

// apiReport lists changes of the API.
type apiReport struct{ incompatible, compatible []string }

func (r apiReport) String() string {
	var text strings.Builder
	for _, part := range []struct {
		title   string
		changes []string
	}{{"Incompatible changes", r.incompatible}, {"Compatible changes", r.compatible}} {
		if len(part.changes) > 0 {
			fmt.Fprintf(&text, "%s:\n- %s\n", part.title, strings.Join(part.changes, "\n- "))
		}
	}
	if text.Len() == 0 {
		return "No changes.\n"
	}
	return text.String()
}

// apiChanges compares the API in a folder with that of a release.
func apiChanges(ctx context.Context, top, dir, release string) (report apiReport, err error) {
	err = inCommit(ctx, top, release, func(old string) error {
		for _, library := range libraries {
			before, err := readAPI(ctx, filepath.Join(old, library))
			if err != nil {
				return err
			}
			after, err := readAPI(ctx, filepath.Join(dir, library))
			if err != nil {
				return err
			}
			for _, change := range apidiff.ModuleChanges(before, after).Changes {
				switch message := after.Path + ": " + change.Message; {
				case versionChange.MatchString(message):
				case change.Compatible:
					report.compatible = append(report.compatible, message)
				default:
					report.incompatible = append(report.incompatible, message)
				}
			}
		}
		return nil
	})
	slices.Sort(report.incompatible)
	slices.Sort(report.compatible)
	return report, err
}

// versionChange matches the changes that each release makes to the versions of the
// instrumentation scopes.
var versionChange = regexp.MustCompile(`\.Version: value changed from `)

// readAPI reads the packages of the module in a folder that other modules can import.
func readAPI(ctx context.Context, dir string) (*apidiff.Module, error) {
	all, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     dir,
		Mode:    packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedExportFile | packages.NeedModule,
	}, "./...")
	if err != nil {
		return nil, err
	}
	m := &apidiff.Module{}
	for _, pkg := range all {
		for _, problem := range pkg.Errors {
			return nil, problem
		}
		m.Path = pkg.Module.Path
		below := strings.Split(pkg.PkgPath, "/")
		if pkg.Name != "main" && !slices.Contains(below, "internal") && !slices.Contains(below, "test") {
			m.Packages = append(m.Packages, pkg.Types)
		}
	}
	return m, nil
}
