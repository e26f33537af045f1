// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// report is the file that gremlins writes about a package.
type report struct {
	Files []struct {
		Name      string `json:"file_name"`
		Mutations []struct {
			Type, Status string
			Line, Column int
		}
	}
}

// unleash runs gremlins over a package, with every kind of change that it has.
func unleash(gremlins, name string) (*report, error) {
	folder, err := os.MkdirTemp("", "mutation-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	environment, err := install(folder)
	if err != nil {
		return nil, err
	}
	output := filepath.Join(folder, "report.json")
	// The tests have limits of their own, which they reach before gremlins's.
	command := exec.Command(gremlins, "unleash", "--output", output, "--timeout-coefficient", "10000", //nolint:gosec // the user names the program
		"--arithmetic-base", "--conditionals-boundary", "--conditionals-negation", "--increment-decrement",
		"--invert-assignments", "--invert-bitwise", "--invert-bwassign", "--invert-logical", "--invert-loopctrl",
		"--invert-negatives", "--remove-self-assignments", "./"+name)
	command.Env = environment
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("gremlins over %s: %w", name, err)
	}
	text, err := os.ReadFile(output)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("what gremlins says of %s: %w", name, err)
	}
	for _, file := range r.Files {
		for _, m := range file.Mutations {
			switch m.Status {
			case "KILLED", "LIVED", "NOT VIABLE":
			default:
				return nil, fmt.Errorf("gremlins says %q of the change at %s:%d:%d, which does not tell whether a test notices it", m.Status, file.Name, m.Line, m.Column)
			}
		}
	}
	return &r, nil
}

// survivors returns the changes that no test of the package noticed.
func (r *report) survivors(name string) ([]survivor, error) {
	var found []survivor
	for _, file := range r.Files {
		file.Name = path.Join(name, path.Base(filepath.ToSlash(file.Name)))
		text, err := os.ReadFile(file.Name)
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(text), "\n")
		for _, m := range file.Mutations {
			if m.Status != "LIVED" {
				continue
			}
			if m.Line < 1 || m.Line > len(lines) {
				return nil, fmt.Errorf("%s has no line %d", file.Name, m.Line)
			}
			found = append(found, survivor{file: file.Name, line: m.Line, column: m.Column, kind: m.Type, code: strings.TrimSpace(lines[m.Line-1])})
		}
	}
	return found, nil
}
