// SPDX-License-Identifier: Apache-2.0

// Reliability runs the tests of faults, and writes docs/reliability.md, which
// lists for each test what was done to the programs, and the result.
//
//	go run ./test/faults/reliability -race
//
// It runs in the repository's root. With -check it writes nothing, and fails if
// it would write another page.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

const page = "docs/reliability.md"

func main() {
	race := flag.Bool("race", false, "run the tests with the race detector")
	check := flag.Bool("check", false, "compare the page, and do not write it")
	flag.Parse()
	if err := run(*race, *check); err != nil {
		fmt.Fprintln(os.Stderr, "reliability:", err)
		os.Exit(1)
	}
}

func run(race, check bool) error {
	documents, err := documented(".")
	if err != nil {
		return err
	}
	// The results in the cache of go test are enough to compare the names.
	results, err := runTests(".", race, !check)
	if err != nil {
		return err
	}
	text, err := compose(documents, results)
	if err != nil {
		return err
	}
	if check {
		written, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if changes := diff(string(written), string(text)); changes != "" {
			return fmt.Errorf("%s does not match the tests; make faults writes it:\n%s", page, changes)
		}
		return nil
	}
	if err := os.WriteFile(page, text, 0o644); err != nil { //nolint:gosec // everybody may read it
		return err
	}
	for _, tests := range results {
		if slices.ContainsFunc(tests, func(t test) bool { return !t.passed }) {
			return errors.New("tests failed")
		}
	}
	return nil
}

// diff returns the lines that are in only one of two texts.
func diff(was, is string) string {
	var text strings.Builder
	without := func(lines, others, mark string) {
		all := slices.Collect(strings.Lines(others))
		for line := range strings.Lines(lines) {
			if !slices.Contains(all, line) {
				text.WriteString(mark + line)
			}
		}
	}
	without(was, is, "- ")
	without(is, was, "+ ")
	if text.Len() == 0 && was != is {
		return "the lines are in another order\n"
	}
	return text.String()
}
