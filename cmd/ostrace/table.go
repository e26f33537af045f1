// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

const (
	// shortID is the length to which ids are cut. A store would need millions
	// of traces until two of them had the same 12 hex digits.
	shortID = len("5c3f0f9e-8a55")
	// minOperation is the least length to which operations are cut before ids
	// are cut too.
	minOperation = len("POST /v2.1/servers/{id}/action")
	gap          = "  "
)

// writeTable writes a row for each trace. The rows of traces that were read
// also have errors and services.
func writeTable(w io.Writer, rows []row, read bool) error {
	table := [][]string{{"BASE_ID", "TIMESTAMP", "DURATION", "POINTS"}}
	if read {
		table[0] = append(table[0], "ERRORS", "OPERATION", "SERVICES")
	} else {
		table[0] = append(table[0], "OPERATION")
	}
	right := map[int]bool{2: true, 3: true, 4: read} // the columns of numbers
	for _, r := range rows {
		cells := []string{printable(r.BaseID), "", "", ""}
		if !r.Timestamp.IsZero() {
			cells[1] = r.Timestamp.Format("2006-01-02T15:04:05")
		}
		if !r.Newest.IsZero() {
			cells[2] = waterfall.FormatDuration(r.Duration())
		}
		if n := r.Points(); n > 0 {
			cells[3] = strconv.Itoa(n)
		}
		if read {
			cells = append(cells, strconv.Itoa(r.errors), terminal.Clean(r.Operation), r.projects())
		} else {
			cells = append(cells, terminal.Clean(r.Operation))
		}
		table = append(table, cells)
	}
	_, err := io.WriteString(w, layOut(table, right, terminalWidth(w)))
	return err
}

// projects returns the projects of the services, such as "glance nova".
func (c *content) projects() string {
	projects := slices.Compact(slices.Sorted(maps.Values(c.services)))
	for i, project := range projects {
		projects[i] = printable(project)
	}
	return strings.Join(projects, " ")
}

// printable returns an id as one word. Most ids are UUIDs, but the holder of a
// key can sign any text.
func printable(id string) string {
	quoted := strconv.QuoteToGraphic(id)
	if quoted == `"`+id+`"` && id != "" {
		return id
	}
	return quoted
}

// terminalWidth returns the number of columns of a terminal, or 0 for any other
// output.
func terminalWidth(w io.Writer) int {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// layOut returns the lines of a table, whose first row is its head. Operations
// are cut so that the rows fit, and ids if that is not enough. Services that
// don't fit get a line of their own.
func layOut(table [][]string, right map[int]bool, width int) string {
	const operation = "OPERATION"
	last := slices.Index(table[0], operation)
	fits := func(columns int) bool { return width == 0 || lineWidth(table, columns) <= width }
	if left := width - lineWidth(table, last) - len(gap); !fits(last+1) && left < minOperation {
		cut(table, 0, func(id string) string { return id[:min(len(id), shortID)] })
	}
	if left := width - lineWidth(table, last) - len(gap); !fits(last + 1) {
		cut(table, last, func(text string) string { return terminal.Cut(text, max(len(operation), left)) })
	}
	below := !fits(len(table[0]))
	widths := columnWidths(table)
	var b strings.Builder
	for i, row := range table {
		var line strings.Builder
		for column, cell := range row {
			padding := strings.Repeat(" ", widths[column]-uniseg.StringWidth(cell))
			switch {
			case column > last && below && i == 0: // the head of the lines below
				continue
			case column > last && below:
				b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
				line.Reset()
				line.WriteString(strings.Repeat(" ", widths[0]) + gap + cell)
				continue
			case column > 0:
				line.WriteString(gap)
			}
			if right[column] {
				line.WriteString(padding + cell)
			} else {
				line.WriteString(cell + padding)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// columnWidths returns the width of each column.
func columnWidths(table [][]string) []int {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for column, cell := range row {
			widths[column] = max(widths[column], uniseg.StringWidth(cell))
		}
	}
	return widths
}

// lineWidth returns the width of a line with the first columns.
func lineWidth(table [][]string, columns int) int {
	total := len(gap) * (columns - 1)
	for _, width := range columnWidths(table)[:columns] {
		total += width
	}
	return total
}

// cut shortens the cells of a column.
func cut(table [][]string, column int, shorten func(string) string) {
	for _, row := range table {
		row[column] = shorten(row[column])
	}
}
