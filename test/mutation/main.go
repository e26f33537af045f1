// SPDX-License-Identifier: Apache-2.0

// Mutation changes the library's code in one place after the other, with gremlins,
// and runs the tests each time to see whether one fails:
//
//	go run ./test/mutation -gremlins PATH [PACKAGE...]
//
// It runs in the repository's root, over the packages that are named, or else over
// those that sign, carry and send headers, and the internal packages that hold
// their rules. It writes the figures, and the changes that no test noticed, into
// survivors.md beside this file. There each of those changes has a sentence,
// written by hand, that says why no test can notice it. The sentence is kept as
// long as its line of code stays as it is. The program fails while one is missing.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const pageFile = "test/mutation/survivors.md"

var packages = []string{
	"hmac", "propagation", "otelhttp", "gophercloudtrace",
	"internal/origin", "internal/redirect", "internal/requestid", "internal/uuid",
}

func main() {
	if filepath.Base(os.Args[0]) == "go" {
		os.Exit(standIn(os.Args[1:]))
	}
	gremlins := flag.String("gremlins", "gremlins", "the program, `PATH`")
	flag.Parse()
	if flag.NArg() > 0 {
		packages = flag.Args()
	}
	if err := run(*gremlins); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(gremlins string) error {
	text, err := os.ReadFile(pageFile)
	if err != nil {
		return err
	}
	p, err := parse(string(text))
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
		p.survivors = merge(p.survivors, name, found)
		counted := count(name, result, p.survivors)
		p.setFigures(counted)
		if err := os.WriteFile(pageFile, []byte(p.format()), 0o644); err != nil { //nolint:gosec // the file is committed
			return err
		}
		for _, s := range p.survivors {
			if s.in(name) && s.why == "" {
				fmt.Fprintf(os.Stderr, "%s:%d:%d: %s: %s\n", s.file, s.line, s.column, s.kind, s.code)
			}
		}
		missing += counted.survived
	}
	if missing > 0 {
		return fmt.Errorf("no test notices %d changes: write tests that do, or write into %s why none can", missing, pageFile)
	}
	return nil
}

// try returns an error if gremlins can't tell a change that the tests notice from
// one that they do not, and from one that does not compile. Where no test can run,
// every change would look as if a test had noticed it.
func try(gremlins string) error {
	const canary = "test/mutation/canary"
	result, err := unleash(gremlins, canary)
	if err != nil {
		return err
	}
	want := figures{name: canary, mutants: 6, killed: 4, survived: 2, notViable: 1}
	if got := count(canary, result, nil); got != want {
		return fmt.Errorf("gremlins does not see here which changes the tests notice: for %s it counts %+v, and not %+v", canary, got, want)
	}
	return nil
}
