// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// compare returns the table of a group. If one of its benchmarks is named, it
// compares all with that one.
func (p page) compare(group, beside string) (string, error) {
	rows := [][]string{{"", "ns/op", "B/op", "allocs/op"}}
	if beside != "" {
		rows[0] = append(rows[0], "beside "+label(beside))
	}
	for _, name := range p.measured.of(group) {
		row := []string{label(name)}
		for _, unit := range []string{"ns/op", "B/op", "allocs/op"} {
			n, err := p.measured.median(group+"/"+name, unit)
			switch {
			case err == nil:
				row = append(row, number(n))
			case unit == "ns/op":
				return "", err
			default:
				row = append(row, "")
			}
		}
		switch beside {
		case "":
		case name:
			row = append(row, "1")
		default:
			r, err := p.measured.ratio(group+"/"+name, group+"/"+beside, "ns/op")
			if err != nil {
				return "", err
			}
			row = append(row, r.String())
		}
		rows = append(rows, row)
	}
	return table(rows), nil
}

// loopback returns the table of requests a second, and compares all with one of
// them.
func (p page) loopback(beside string) (string, error) {
	return p.grid("Loopback", "", func(name, n string) (string, error) {
		rate, err := p.measured.median("Loopback/"+name+"/n="+n, "req/s")
		if err != nil || name == beside {
			return number(rate), err
		}
		r, err := p.measured.ratio("Loopback/"+name+"/n="+n, "Loopback/"+beside+"/n="+n, "req/s")
		return number(rate) + ": " + r.String(), err
	})
}

// growth returns the table of a group that is measured with larger and larger
// n.
func (p page) growth(group, of string) (string, error) {
	ns := p.sizes(group)
	first, last := ns[0], ns[len(ns)-1]
	return p.grid(group, of, func(name, n string) (string, error) {
		if n == "" {
			r, err := p.measured.ratio(group+"/"+name+"/n="+last, group+"/"+name+"/n="+first, "ns/op")
			return r.String(), err
		}
		took, err := p.measured.median(group+"/"+name+"/n="+n, "ns/op")
		return number(took), err
	})
}

// grid returns a table with a column for each n. If there is a heading for the
// first column, that column is for the whole row, and its n is empty.
func (p page) grid(group, heading string, cell func(name, n string) (string, error)) (string, error) {
	ns := p.sizes(group)
	if len(ns) == 0 {
		return "", fmt.Errorf("%s %w", group, errNotMeasured)
	}
	rows := [][]string{{heading}}
	for _, n := range ns {
		rows[0] = append(rows[0], thousands(n))
	}
	columns := ns
	if heading != "" {
		rows[0] = append(rows[0], "last ÷ first")
		columns = append(slices.Clone(ns), "")
	}
	for _, name := range p.measured.of(group) {
		name, ok := strings.CutSuffix(name, "/n="+ns[0])
		if !ok {
			continue
		}
		row := []string{label(name)}
		for _, n := range columns {
			text, err := cell(name, n)
			if err != nil {
				return "", err
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return table(rows), nil
}

// sizes returns the values of n in a group.
func (p page) sizes(group string) (ns []string) {
	for _, name := range p.measured.of(group) {
		if _, n, ok := strings.Cut(name, "/n="); ok && !slices.Contains(ns, n) {
			ns = append(ns, n)
		}
	}
	return ns
}

// table writes a Markdown table, with numbers aligned to the right.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("| ---" + strings.Repeat(" | ---:", len(row)-1) + " |\n")
		}
	}
	return strings.TrimSpace(b.String())
}
