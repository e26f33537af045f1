// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"fmt"
	"io"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

// TextOptions say how a report is written.
type TextOptions struct {
	// Limit is the number of rows of each table. 0 means all.
	Limit int
	Color waterfall.Color
}

// columns are the figures of a table. A duration has at most 7 columns.
var columns = []terminal.Column{{Title: "calls", Width: 6}, {Title: "total", Width: 7}, {Title: "self", Width: 7}, {Title: "p50", Width: 7}, {Title: "p95", Width: 7}, {Title: "max", Width: 7}}

// WriteText writes the report for a reader at a terminal. The error is that of w.
func (r Report) WriteText(w io.Writer, opts TextOptions) error {
	out := terminal.NewWriter(w, opts.Color)
	head := fmt.Sprintf("%s, %s", terminal.Count(r.Traces, "trace"), terminal.Count(r.Calls, "call"))
	if !r.From.IsZero() {
		head += fmt.Sprintf(", %s to %s UTC", r.From.UTC().Format(time.DateTime), r.To.UTC().Format(toFormat(r.From, r.To)))
	}
	out.Paragraph(terminal.Bold, head)
	if r.Strangers > 0 {
		out.Paragraph(terminal.Plain, terminal.Count(r.Strangers, "point")+" of other requests are left out (ostrace show says why they are there).")
	}
	r.writeRepeated(out, opts.Limit)
	table(out, "SQL statement", r.Statements, opts.Limit, func(row Row) terminal.Row {
		return terminal.Row{Text: row.Summary + "  " + row.Service, Below: calls.Brief(row.Name)}
	})
	named := func(row Row) terminal.Row { return terminal.Row{Text: row.Name, Below: row.Service} }
	table(out, "HTTP route", r.Routes, opts.Limit, named)
	table(out, "RPC method", r.Methods, opts.Limit, named)
	table(out, "service", r.Services, opts.Limit, func(row Row) terminal.Row { return terminal.Row{Text: row.Service} })
	return out.Flush()
}

// toFormat leaves out the date where it is that of the start.
func toFormat(from, to time.Time) string {
	if from.UTC().Format(time.DateOnly) == to.UTC().Format(time.DateOnly) {
		return time.TimeOnly
	}
	return time.DateTime
}

// table writes a table below an empty line, if it has rows.
func table(out *terminal.Writer, title string, rows []Row, limit int, text func(Row) terminal.Row) {
	if len(rows) == 0 {
		return
	}
	shown := rows
	if limit > 0 && limit < len(rows) {
		shown = rows[:limit]
	}
	lines := make([]terminal.Row, len(shown))
	for i, row := range shown {
		lines[i] = text(row)
		lines[i].Figures = []string{terminal.Number(row.Calls), duration(row.Total), duration(row.Self), duration(row.P50), duration(row.P95), duration(row.Max)}
	}
	out.Break()
	out.Table(title, columns, lines)
	more(out, len(rows)-len(shown))
}

func more(out *terminal.Writer, rows int) {
	if rows > 0 {
		out.Line(terminal.Faint, fmt.Sprintf("and %s more, which --limit 0 shows", terminal.Number(rows)))
	}
}

// writeRepeated writes a sentence for each statement that is repeated.
func (r Report) writeRepeated(out *terminal.Writer, limit int) {
	if len(r.Repeated) == 0 {
		return
	}
	out.Break()
	out.Line(terminal.Bold, "Statements that one request sent again and again:")
	shown := r.Repeated
	if limit > 0 && limit < len(shown) {
		shown = shown[:limit]
	}
	for _, one := range shown {
		text := fmt.Sprintf("%s times the same %s under one %s of %s", terminal.Number(one.Most), one.Summary, one.Request, one.Service)
		if one.Requests > 1 {
			text += fmt.Sprintf(" (%s)", terminal.Count(one.Requests, "such request"))
		}
		text += ": " + duration(one.Total)
		if one.SameParameters {
			text += ", with the same parameters each time"
		}
		out.Paragraph(terminal.Plain, text)
	}
	more(out, len(r.Repeated)-len(shown))
}

func duration(milliseconds float64) string {
	return waterfall.FormatDuration(time.Duration(milliseconds * float64(time.Millisecond)))
}
