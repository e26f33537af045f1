// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// row is a line of a table: what was done, and in which cases.
type row struct {
	what   string
	with   []string
	passed bool
}

// rows returns the lines for the subtests of a test. If there are several
// levels, subtests whose names differ only in the last level share a line.
func rows(name string, tests []test) []row {
	found := map[string]*row{}
	for _, t := range tests {
		below, ok := strings.CutPrefix(t.name, name+"/")
		if !ok || slices.ContainsFunc(tests, func(other test) bool { return strings.HasPrefix(other.name, t.name+"/") }) {
			continue
		}
		levels := strings.Split(strings.ReplaceAll(below, "_", " "), "/") // go test writes no spaces
		last := len(levels) - 1
		what := strings.Join(levels[:max(last, 1)], ", ")
		r := found[what]
		if r == nil {
			r = &row{what: what, passed: true}
			found[what] = r
		}
		if last > 0 {
			r.with = append(r.with, levels[last])
		}
		r.passed = r.passed && t.passed
	}
	var all []row
	for _, r := range found {
		slices.Sort(r.with)
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b row) int { return strings.Compare(a.what, b.what) })
	return all
}

// usual returns the cases of most rows.
func usual(all []row) string {
	counts, most := map[string]int{}, ""
	for _, r := range all {
		with := strings.Join(r.with, "; ")
		counts[with]++
		if counts[with] > counts[most] {
			most = with
		}
	}
	return most
}

func writeTable(page io.Writer, all []row) {
	if len(all) == 0 {
		return
	}
	most := usual(all)
	if most != "" {
		fmt.Fprintf(page, "Unless a line says otherwise, it was tested in each of these cases: %s.\n\n", escape(most))
	}
	fmt.Fprint(page, "| what was done | result |\n| --- | --- |\n")
	for _, r := range all {
		what := r.what
		if with := strings.Join(r.with, "; "); with != most {
			what += " (" + with + ")"
		}
		fmt.Fprintf(page, "| %s | %s |\n", escape(what), verdict(r.passed))
	}
	fmt.Fprintln(page)
}

func verdict(passed bool) string {
	if passed {
		return "passed"
	}
	return "**failed**"
}

// escape returns a text with escapes for a Markdown table.
func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "`", "\\`", "[", `\[`, "_", `\_`).Replace(text)
}
