// SPDX-License-Identifier: Apache-2.0

// Mutation changes the library's code in one place after the other, with gremlins,
// and looks whether a test fails each time:
//
//	go run ./test/mutation -gremlins PATH [PACKAGE...]
//
// It runs in the repository's root, over the packages that are named, or else over
// those that sign, carry and send headers. Changes that no test noticed stand in
// survivors.md beside this file, with the line and a sentence that says why none
// can notice it. A sentence is kept as long as its line of code stays as it is; the
// program fails while one is missing.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

const page = "test/mutation/survivors.md"

func main() {
	gremlins := flag.String("gremlins", "gremlins", "the program, `PATH`")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"hmac", "propagation", "otelhttp", "gophercloudtrace"}
	}
	if err := run(*gremlins, packages); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(gremlins string, packages []string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	listed, err := parse(string(text))
	if err != nil {
		return err
	}
	if err := try(gremlins); err != nil {
		return err
	}
	missing := 0
	for _, name := range packages {
		result, err := unleash(gremlins, name)
		if err != nil {
			return err
		}
		found, err := result.survivors(name)
		if err != nil {
			return err
		}
		listed = merge(listed, name, found)
		if err := os.WriteFile(page, []byte(format(listed)), 0o644); err != nil { //nolint:gosec // the file is committed
			return err
		}
		unexplained := 0
		for _, s := range listed {
			if path.Dir(s.file) == name && s.why == "" {
				unexplained++
				fmt.Fprintf(os.Stderr, "%s:%d:%d: %s: %s\n", s.file, s.line, s.column, s.change, s.code)
			}
		}
		missing += unexplained
		fmt.Fprintf(os.Stderr, "%s: %s; %d survived, %d without an explanation\n", name, result.counts(), len(found), unexplained)
	}
	if missing > 0 {
		return fmt.Errorf("%d changes are noticed by no test: write one, or the reason into %s", missing, page)
	}
	return nil
}

// try reports an error where gremlins does not tell a change that the tests notice
// from one that they do not. In an environment where no test runs, every change
// looks as if a test had noticed it.
func try(gremlins string) error {
	result, err := unleash(gremlins, "test/mutation/canary")
	if err != nil {
		return err
	}
	if counts := result.counts(); counts != "2 killed, 2 lived" {
		return fmt.Errorf("gremlins does not see here which changes the tests notice: of test/mutation/canary it says %q, and not \"2 killed, 2 lived\"", counts)
	}
	return nil
}

// report is what gremlins writes of a package.
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
	output, err := os.CreateTemp("", "mutation-*.json")
	if err != nil {
		return nil, err
	}
	output.Close()
	defer func() { _ = os.Remove(output.Name()) }()
	command := exec.Command(gremlins, "unleash", "--output", output.Name(), "--timeout-coefficient", "20", //nolint:gosec // the user names the program
		"--arithmetic-base", "--conditionals-boundary", "--conditionals-negation", "--increment-decrement",
		"--invert-assignments", "--invert-bitwise", "--invert-bwassign", "--invert-logical", "--invert-loopctrl",
		"--invert-negatives", "--remove-self-assignments", "./"+name)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("gremlins over %s: %w", name, err)
	}
	text, err := os.ReadFile(output.Name())
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("what gremlins says of %s: %w", name, err)
	}
	return &r, nil
}

func (r *report) counts() string {
	order := []string{"KILLED", "LIVED", "NOT COVERED", "TIMED OUT", "NOT VIABLE"}
	counts := map[string]int{}
	for _, file := range r.Files {
		for _, m := range file.Mutations {
			counts[m.Status]++
		}
	}
	var text []string
	for _, status := range order {
		if counts[status] > 0 {
			text = append(text, fmt.Sprintf("%d %s", counts[status], strings.ToLower(status)))
		}
	}
	return strings.Join(text, ", ")
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
			if m.Status != "LIVED" && m.Status != "NOT COVERED" {
				continue
			}
			if m.Line < 1 || m.Line > len(lines) {
				return nil, fmt.Errorf("%s has no line %d", file.Name, m.Line)
			}
			found = append(found, survivor{file: file.Name, line: m.Line, column: m.Column, change: m.Type, code: strings.TrimSpace(lines[m.Line-1])})
		}
	}
	return found, nil
}
