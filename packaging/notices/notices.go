// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// project is the beginning of the modules whose licence is the file LICENSE.
const project = "github.com/ostrace/ostrace"

// legal matches the names of the files in which authors write under which terms
// their code may be passed on.
var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents|unlicense)([.-].*)?$`)

// notices are the texts of the licences, and who they belong to.
type notices struct {
	goroot  string              // the folder of Go
	texts   []string            // in the order in which they were found
	holders map[string][]string // of each text: modules with their versions, and files in them
	modules map[string]bool     // whether a text was found
}

// add adds the texts of the modules of packages. A text belongs to a package if it
// stands in its folder, or in one above in its module.
func (n *notices) add(packages []goPackage) error {
	for _, p := range packages {
		var module, root string
		switch {
		case p.Standard:
			module, root = "Go's standard library", n.goroot
		case p.Module == nil || p.Module.Path == project || strings.HasPrefix(p.Module.Path, project+"/"):
			continue
		default:
			module, root = p.Module.Path+" "+p.Module.Version, p.Module.Dir
		}
		if err := n.addFolders(module, root, p.Dir); err != nil {
			return err
		}
	}
	return nil
}

// addFolders adds the texts in a folder and in those above it, up to the root.
func (n *notices) addFolders(module, root, folder string) error {
	inside, err := filepath.Rel(root, folder)
	if err != nil || !filepath.IsLocal(inside) {
		return fmt.Errorf("%s: %s is not below %s", module, folder, root)
	}
	if n.modules == nil {
		n.modules, n.holders = map[string]bool{}, map[string][]string{}
	}
	n.modules[module] = n.modules[module] || false
	for ; ; inside = filepath.Dir(inside) {
		entries, err := os.ReadDir(filepath.Join(root, inside))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if !legal.MatchString(entry.Name()) || !entry.Type().IsRegular() || filepath.Ext(entry.Name()) == ".go" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(root, inside, entry.Name()))
			if err != nil {
				return err
			}
			n.addText(strings.TrimSpace(string(text)), module, filepath.ToSlash(filepath.Join(inside, entry.Name())))
		}
		if inside == "." {
			return nil
		}
	}
}

func (n *notices) addText(text, module, file string) {
	n.modules[module] = true
	holder := module + ", " + file
	if _, known := n.holders[text]; !known {
		n.texts = append(n.texts, text)
	}
	if !slices.Contains(n.holders[text], holder) {
		n.holders[text] = append(n.holders[text], holder)
	}
}

// missing returns an error that names the modules without a text.
func (n *notices) missing() error {
	var without []string
	for module, found := range n.modules {
		if !found {
			without = append(without, module)
		}
	}
	if len(without) == 0 {
		return nil
	}
	slices.Sort(without)
	return fmt.Errorf("no file with a licence in %s", strings.Join(without, ", "))
}

// write writes the texts, each once, below the modules and files that have it.
func (n *notices) write(w io.Writer) {
	slices.SortFunc(n.texts, func(a, b string) int {
		return strings.Compare(slices.Min(n.holders[a]), slices.Min(n.holders[b]))
	})
	fmt.Fprintln(w, "ostrace is made of Go's standard library and of the Go modules below, which are")
	fmt.Fprintln(w, "passed on under these terms. Its own licence is the Apache License, version 2.0.")
	for _, text := range n.texts {
		holders := n.holders[text]
		slices.Sort(holders)
		fmt.Fprintf(w, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(holders, "\n"), text)
	}
}
