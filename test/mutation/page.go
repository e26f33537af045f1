// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// page is what survivors.md says.
type page struct {
	figures   []figures
	survivors []survivor
}

// figures are the numbers of a package's mutants.
type figures struct {
	name       string
	mutants    int // that compile
	killed     int
	equivalent int // survived, with a reason why no test can kill them
	survived   int // the others
	notViable  int // do not compile
}

// survivor is a mutant that no test killed.
type survivor struct {
	file   string
	line   int
	column int
	kind   string // gremlins's name for the kind of change
	code   string // the line, before it was changed
	why    string // no test can kill it
}

func (s survivor) in(name string) bool { return path.Dir(s.file) == name }

// count returns the figures of a package.
func count(name string, result *report, survivors []survivor) figures {
	f := figures{name: name}
	for _, file := range result.Files {
		for _, m := range file.Mutations {
			switch m.Status {
			case "KILLED":
				f.killed++
			case "LIVED":
				f.survived++
			case "NOT VIABLE":
				f.notViable++
			}
		}
	}
	f.mutants = f.killed + f.survived
	for _, s := range survivors {
		if s.in(name) && s.why != "" {
			f.equivalent++
			f.survived--
		}
	}
	return f
}

// share returns the percentage of the mutants that were killed, of those that are
// not equivalent.
func (f figures) share() float64 {
	return 100 * float64(f.killed) / float64(max(1, f.killed+f.survived))
}

// setFigures replaces the figures of a package.
func (p *page) setFigures(f figures) {
	if i := slices.IndexFunc(p.figures, func(old figures) bool { return old.name == f.name }); i >= 0 {
		p.figures[i] = f
	} else {
		p.figures = append(p.figures, f)
	}
}

const (
	introduction = `# Mutation testing

` + "`make mutation`" + ` runs [gremlins](https://github.com/go-gremlins/gremlins) over the packages that sign, carry and send headers and the internal packages that hold their rules, and writes this page. A mutant is a package with one operator changed. It is killed if one of the package's tests fails, and it survives if all of them pass.

| package | mutants | killed | equivalent | survived | killed, of those that are not equivalent | do not compile |
| --- | --- | --- | --- | --- | --- | --- |
`
	explanation = `
- An equivalent mutant behaves as the package does, so no test can kill it. The last table says why.
- Gremlins makes every kind of change that it knows: to arithmetic, comparisons and their boundaries, logical and bitwise operators, assignments with an operator, ` + "`++` and `--`" + `, signs, ` + "`break` and `continue`" + `. It removes no statement, and changes no literal, argument or returned value. It changes each minus between two numbers to plus twice, as ARITHMETIC_BASE and as INVERT_NEGATIVES.
- All files of these packages are changed, but not their tests. No file is generated or has a build tag.
- A mutant that does not compile is counted in the last column only. Most of these have ` + "`|`" + ` for the ` + "`&`" + ` that takes an address, or ` + "`-`" + ` between two strings. Gremlins by itself takes them for killed.
- Lines that no test reaches are changed too, and their mutants survive. Gremlins by itself leaves out every line for which Go's coverage has no entry: the conditions of ` + "`case`" + ` clauses, and declarations outside functions.
- A test fails when it has used 10 seconds of CPU time or 4 GB of memory, so that a mutant with an endless loop is killed.
- Each mutant is tried with the tests of its own package only, without TestHandlerFlood.

| file | line | change | code | why no test can kill it |
| --- | --- | --- | --- | --- |
`
)

// parse reads the page.
func parse(text string) (*page, error) {
	text, ok := strings.CutPrefix(text, introduction)
	first, second, ok2 := strings.Cut(text, explanation)
	if !ok || !ok2 {
		return nil, fmt.Errorf("the text of %s is not the one that this program writes", pageFile)
	}
	p := &page{}
	for row := range strings.Lines(first) {
		var f figures
		cells, err := cellsOf(row, 7)
		if err == nil {
			_, err = fmt.Sscan(strings.Join(cells[:5], " ")+" "+cells[6], &f.name, &f.mutants, &f.killed, &f.equivalent, &f.survived, &f.notViable)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", pageFile, row, err)
		}
		p.figures = append(p.figures, f)
	}
	for row := range strings.Lines(second) {
		var line, column int
		cells, err := cellsOf(row, 5)
		if err == nil {
			_, err = fmt.Sscanf(cells[1], "%d:%d", &line, &column)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", pageFile, row, err)
		}
		code := strings.TrimSuffix(strings.TrimPrefix(cells[3], "`` "), " ``")
		p.survivors = append(p.survivors, survivor{cells[0], line, column, cells[2], code, cells[4]})
	}
	return p, nil
}

// cellsOf returns the cells of a table's row, of which there are n.
func cellsOf(row string, n int) ([]string, error) {
	cells := strings.Split(strings.ReplaceAll(strings.TrimSpace(row), `\|`, "\x00"), "|")
	if len(cells) != n+2 {
		return nil, fmt.Errorf("the row has not %d cells", n)
	}
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|")
	}
	return cells[1 : n+1], nil
}

// format writes the page.
func (p *page) format() string {
	var text strings.Builder
	text.WriteString(introduction)
	for _, f := range p.figures {
		fmt.Fprintf(&text, "| %s | %d | %d | %d | %d | %.1f %% | %d |\n", f.name, f.mutants, f.killed, f.equivalent, f.survived, f.share(), f.notViable)
	}
	text.WriteString(explanation)
	escape := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, s := range p.survivors {
		fmt.Fprintf(&text, "| %s | %d:%d | %s | `` %s `` | %s |\n", s.file, s.line, s.column, s.kind, escape(s.code), escape(s.why))
	}
	return text.String()
}

// merge replaces the survivors of a package. Each takes over the reason that was
// listed for the same change of the same code, on whatever line of the file it was.
func merge(listed []survivor, name string, found []survivor) []survivor {
	found = slices.Clone(found)
	var merged []survivor
	for _, old := range listed {
		if !old.in(name) {
			merged = append(merged, old)
			continue
		}
		same := func(s survivor) bool {
			return s.why == "" && s.file == old.file && s.column == old.column && s.kind == old.kind && s.code == old.code
		}
		if i := slices.IndexFunc(found, same); i >= 0 {
			found[i].why = old.why
		}
	}
	merged = append(merged, found...)
	slices.SortStableFunc(merged, func(a, b survivor) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), cmp.Compare(a.kind, b.kind))
	})
	return merged
}
