// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
)

// document is the source's comment about a test.
type document struct {
	file string // relative to the root
	text string // the property that must hold
}

// documented returns the comment of each test of each section. It is an error
// if a test has no comment, or if a test that the page must list is not in a
// section.
func documented(root string) (map[named]document, error) {
	told := map[named]bool{}
	for _, s := range sections {
		for _, t := range s.tests {
			told[t] = true
		}
	}
	found := map[named]document{}
	for _, p := range places {
		files, err := filepath.Glob(filepath.Join(root, p.dir(), "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, declaration := range parsed.Decls {
				function, ok := declaration.(*ast.FuncDecl)
				if !ok || !strings.HasPrefix(function.Name.Name, "Test") || function.Name.Name == "TestMain" {
					continue
				}
				t := named{p, function.Name.Name}
				if !told[t] {
					if p.all {
						return nil, fmt.Errorf("%s in %s is not in a section of %s", t.name, file, page)
					}
					continue
				}
				if function.Doc == nil {
					return nil, fmt.Errorf("%s in %s has no comment that says what must hold", t.name, file)
				}
				found[t] = document{filepath.Join(p.dir(), filepath.Base(file)), sentence(function.Doc.Text())}
			}
		}
	}
	for t := range told {
		if _, ok := found[t]; !ok {
			return nil, fmt.Errorf("%s has no %s", t.dir(), t.name)
		}
	}
	return found, nil
}

// rules matches the names of rules in docs/design.md at the beginning of a
// comment.
var rules = regexp.MustCompile(`(?i)^(` + ruleName + `)(; ` + ruleName + `)*(, [a-z][^:]*)?: `)

const ruleName = `(one trace|the bridge|a root is a root|in the trace, whatever the parent|what came in goes out|either digest|signed means sampled|only to the cloud|the key stays inside|first, do no harm|off costs nothing|silence is explained)`

// sentence returns a comment as a sentence, without the names of the rules.
func sentence(comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = text[len(rules.FindString(text)):]
	return strings.ToUpper(text[:1]) + text[1:]
}
