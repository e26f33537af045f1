// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"go.yaml.in/yaml/v3"
)

// build is the program for one platform.
type build struct {
	folder, goos, goarch, tags string
}

// readBuilds returns the builds of a GoReleaser configuration.
func readBuilds(file string) ([]build, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var configuration struct {
		Builds []struct {
			Dir          string
			Goos, Goarch []string
			Tags         []string
		}
	}
	if err := yaml.Unmarshal(text, &configuration); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var builds []build
	for _, b := range configuration.Builds {
		for _, goos := range b.Goos {
			for _, goarch := range b.Goarch {
				builds = append(builds, build{b.Dir, goos, goarch, strings.Join(b.Tags, ",")})
			}
		}
	}
	if len(builds) == 0 {
		return nil, fmt.Errorf("%s has no builds with goos and goarch", file)
	}
	return builds, nil
}

// goPackage is what the Go command says of a package.
type goPackage struct {
	Dir      string
	Standard bool
	Module   *struct{ Path, Version, Dir string }
}

// packages lists the packages that are linked into the program.
func (b build) packages() ([]goPackage, error) {
	command := exec.Command("go", "list", "-C", b.folder, "-deps", "-tags", b.tags, "-json=Dir,Standard,Module", ".") //nolint:gosec // a configuration of this repository
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+b.goos, "GOARCH="+b.goarch)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", command, err)
		}
		packages = append(packages, p)
	}
}
