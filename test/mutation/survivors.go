// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// survivor is a change that no test noticed.
type survivor struct {
	file   string
	line   int
	column int
	change string // gremlins's name for the kind of change
	code   string // the line, before it was changed
	why    string // no test can notice it
}

const heading = `# Changes of the code that no test notices

` + "`make mutation`" + ` writes this table, and keeps the last column, which says why no test can notice the change.

| file | line | change | code | why |
| --- | --- | --- | --- | --- |
`

// parse reads the table.
func parse(text string) ([]survivor, error) {
	var listed []survivor
	rows, ok := strings.CutPrefix(text, heading)
	if !ok {
		return nil, fmt.Errorf("%s begins otherwise than this program writes it", page)
	}
	for row := range strings.Lines(rows) {
		row = strings.ReplaceAll(strings.TrimSpace(row), `\|`, "\x00")
		cells := strings.Split(row, "|")
		if len(cells) != 7 {
			return nil, fmt.Errorf("%s: %q has not five columns", page, row)
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "\x00", "|")
		}
		var line, column int
		if _, err := fmt.Sscanf(cells[2], "%d:%d", &line, &column); err != nil {
			return nil, fmt.Errorf("%s: the line and column of a change: %w", page, err)
		}
		code := strings.TrimSuffix(strings.TrimPrefix(cells[4], "`` "), " ``")
		listed = append(listed, survivor{cells[1], line, column, cells[3], code, cells[5]})
	}
	return listed, nil
}

// format writes the table.
func format(listed []survivor) string {
	var text strings.Builder
	text.WriteString(heading)
	escape := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, s := range listed {
		fmt.Fprintf(&text, "| %s | %d:%d | %s | `` %s `` | %s |\n", s.file, s.line, s.column, s.change, escape(s.code), escape(s.why))
	}
	return text.String()
}

// merge replaces the survivors of a package. Each takes over the reason of one that
// was listed for the same change of the same code, wherever in the file it
// was.
func merge(listed []survivor, name string, found []survivor) []survivor {
	found = slices.Clone(found)
	var merged []survivor
	for _, old := range listed {
		if path.Dir(old.file) != name {
			merged = append(merged, old)
			continue
		}
		same := func(s survivor) bool {
			return s.why == "" && s.file == old.file && s.column == old.column && s.change == old.change && s.code == old.code
		}
		if i := slices.IndexFunc(found, same); i >= 0 {
			found[i].why = old.why
		}
	}
	merged = append(merged, found...)
	slices.SortStableFunc(merged, func(a, b survivor) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), cmp.Compare(a.change, b.change))
	})
	return merged
}
