// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// test is a test or subtest that ran.
type test struct {
	name   string // with the names of the tests around it, separated by slashes
	passed bool
}

// runTests runs the tests of all sections, anew or from the cache of go test,
// and returns them by place.
func runTests(root string, race, anew bool) (map[place][]test, error) {
	results := map[place][]test{}
	for _, place := range places {
		var names []string
		for _, s := range sections {
			for _, t := range s.tests {
				if t.place == place {
					names = append(names, t.name)
				}
			}
		}
		args := []string{"test", "-json", "-run", "^(" + strings.Join(names, "|") + ")$"}
		if anew {
			args = append(args, "-count=1")
		}
		if race {
			args = append(args, "-race")
		}
		command := exec.Command("go", append(args, "./"+place.folder)...) //nolint:gosec // this program's own arguments
		command.Dir = filepath.Join(root, place.module)
		command.Stderr = os.Stderr
		out, err := command.Output()
		if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
			return nil, err
		}
		tests, output, err := decode(out)
		if err != nil {
			return nil, fmt.Errorf("go test %s: %w", place.dir(), err)
		}
		if command.ProcessState.ExitCode() != 0 {
			fmt.Fprint(os.Stderr, output)
			if !slices.ContainsFunc(tests, func(t test) bool { return !t.passed }) {
				return nil, fmt.Errorf("go test %s failed", place.dir())
			}
		}
		results[place] = tests
	}
	return results, nil
}

// decode reads the output of go test -json, which go doc test2json describes,
// and returns the tests that ended and all their output.
func decode(out []byte) (tests []test, output string, err error) {
	var said strings.Builder
	for events := json.NewDecoder(bytes.NewReader(out)); ; {
		var event struct{ Action, Test, Output string }
		switch err := events.Decode(&event); {
		case errors.Is(err, io.EOF):
			return tests, said.String(), nil
		case err != nil:
			return nil, "", err
		}
		switch event.Action {
		case "output":
			said.WriteString(event.Output)
		case "pass", "fail", "skip":
			if event.Test != "" {
				tests = append(tests, test{event.Test, event.Action == "pass"})
			}
		}
	}
}
