// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// release is what GoReleaser writes about the release in its folder.
type release struct {
	Tag, Version, Commit string
	programs             []program
}

// program is the program for Linux on one architecture. Its path begins in the root
// folder of the repository.
type program struct {
	Path, Goarch string
}

func readRelease(dist string) (*release, error) {
	var r release
	if err := readJSON(filepath.Join(dist, "metadata.json"), &r); err != nil {
		return nil, err
	}
	var artifacts []struct {
		program
		Goos, Type string
	}
	if err := readJSON(filepath.Join(dist, "artifacts.json"), &artifacts); err != nil {
		return nil, err
	}
	for _, a := range artifacts {
		if a.Type == "Binary" && a.Goos == "linux" {
			r.programs = append(r.programs, a.program)
		}
	}
	if len(r.programs) == 0 {
		return nil, fmt.Errorf("%s has no programs for Linux", dist)
	}
	slices.SortFunc(r.programs, func(a, b program) int { return strings.Compare(a.Goarch, b.Goarch) })
	return &r, nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// labels describe the image. The keys are those of the OCI image specification,
// version 1.1, "Annotations".
func (r *release) labels(at time.Time) map[string]string {
	const repository = "https://github.com/ostrace/ostrace"
	labels := map[string]string{
		"title":         "ostrace",
		"description":   "Show and export the traces that OSProfiler stored",
		"url":           repository,
		"source":        repository,
		"documentation": repository + "/blob/" + r.Tag + "/docs/ostrace/ostrace.md",
		"vendor":        "ostrace",
		"licenses":      "Apache-2.0",
		"version":       r.Version,
		"revision":      r.Commit,
		"created":       at.Format(time.RFC3339),
	}
	all := map[string]string{}
	for key, value := range labels {
		all["org.opencontainers.image."+key] = value
	}
	return all
}
