// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// literalVariables are the parameters of gophercloud's URL builders that are
// always words of the API, because other code of gophercloud, or the program's
// choice of a resource type, passes them.
var literalVariables = []string{
	"actorType", "targetType", // identity: users or groups of projects or domains
	"r_type",  // networking: the collection whose member has tags
	"state",   // baremetal: the kind of a node's state
	"version", // in version documents
}

// builders are the URL builders of one package of gophercloud.
type builders struct {
	dir       string
	constants map[string]string
	// patterns are the patterns of the builders whose parts are all constants
	// or ids.
	patterns []string
}

// instrument rewrites the calls of ServiceURL in the package in dir. It marks
// every part that is not a constant with record.Variable.
func instrument(dir string) (*builders, error) {
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	b := &builders{dir: dir, constants: map[string]string{}}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files[name] = file
		b.addConstants(file)
	}
	for name, file := range files {
		if err := b.rewrite(fset, name, file); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// addConstants records the string constants of a file.
func (b *builders) addConstants(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if i >= len(spec.Values) {
				break
			}
			if value, ok := b.constant(spec.Values[i]); ok {
				b.constants[name.Name] = value
			}
		}
		return true
	})
}

// constant returns the value of an expression that is a string literal or the
// name of a constant.
func (b *builders) constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			value, err := strconv.Unquote(e.Value)
			return value, err == nil
		}
	case *ast.Ident:
		value, ok := b.constants[e.Name]
		return value, ok
	}
	return "", false
}

func (b *builders) rewrite(fset *token.FileSet, name string, file *ast.File) error {
	type edit struct {
		offset int
		text   string
	}
	var edits []edit
	insert := func(at token.Pos, text string) { edits = append(edits, edit{fset.Position(at).Offset, text}) }
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "ServiceURL" {
			return true
		}
		var pattern strings.Builder
		known := true
		for _, part := range call.Args {
			value, ok := b.constant(part)
			if !ok {
				value = "{id}"
				if name, ok := part.(*ast.Ident); ok && slices.Contains(literalVariables, name.Name) {
					known = false
					continue
				}
				insert(part.Pos(), "record.Variable(")
				insert(part.End(), ")")
			}
			pattern.WriteString("/" + value)
		}
		if known && pattern.Len() > 0 {
			b.patterns = append(b.patterns, pattern.String())
		}
		return true
	})
	if len(edits) == 0 {
		return nil
	}
	insert(file.Name.End(), "; import "+strconv.Quote(recordPath))
	return apply(name, func(source []byte) ([]byte, error) {
		slices.SortStableFunc(edits, func(a, b edit) int { return b.offset - a.offset })
		for _, e := range edits {
			source = slices.Insert(source, e.offset, []byte(e.text)...)
		}
		return source, nil
	})
}

// replace replaces a text in a file, and returns an error if the file does not
// have it.
func replace(name, old, replacement string) error {
	return apply(name, func(source []byte) ([]byte, error) {
		if !bytes.Contains(source, []byte(old)) {
			return nil, fmt.Errorf("%s has no %q: this version of gophercloud has another structure", name, old)
		}
		return bytes.ReplaceAll(source, []byte(old), []byte(replacement)), nil
	})
}

func apply(name string, change func([]byte) ([]byte, error)) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if source, err = change(source); err != nil {
		return err
	}
	return os.WriteFile(name, source, 0o600)
}
