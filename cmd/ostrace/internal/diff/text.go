// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

// Nothing is the first line of a report without causes.
const Nothing = "Nothing has changed beyond the noise."

const (
	textCauses = 10
	textPlaces = 24
)

// WriteText writes the report for a reader at a terminal. The first line names the
// cause that costs the most. The error is that of w.
func (r Report) WriteText(w io.Writer, color waterfall.Color) error {
	out := terminal.NewWriter(w, color)
	if len(r.Causes) == 0 {
		out.Line(terminal.Bold, Nothing)
	}
	for i, c := range r.Causes[:min(textCauses, len(r.Causes))] {
		style := terminal.Plain
		if i == 0 {
			style = terminal.Bold
		}
		out.Paragraph(style, c.Text)
	}
	if more := len(r.Causes) - textCauses; more > 0 {
		out.Line(terminal.Faint, fmt.Sprintf("and %s, which --json has", terminal.Count(more, "more change")))
	}
	out.Break()
	out.Paragraph(terminal.Plain, "before: "+r.Before.String())
	out.Paragraph(terminal.Plain, "after: "+r.After.String())
	if note := r.loadNote(); note != "" {
		out.Paragraph(terminal.Plain, note)
	}
	r.writePlaces(out)
	return out.Flush()
}

// String describes the traces of one side. The time is their own time.
func (t Traces) String() string {
	return fmt.Sprintf("%s from %s UTC, %s, %s a trace",
		terminal.Count(t.Traces, "trace"), t.From.UTC().Format(time.DateTime), terminal.Count(t.Calls, "call"), durationOf(t.Own))
}

// loadNote says that everything was slower or faster.
func (r Report) loadNote() string {
	than := "as on a busier machine"
	switch {
	case r.Load < 0.8:
		than = "as on a machine with less to do"
	case r.Load < 1.25:
		return ""
	}
	return fmt.Sprintf("All services took about %.1f times as long as before, %s. This is not counted as a change.", r.Load, than)
}

var placeColumns = []terminal.Column{{Title: "calls", Width: 11}, {Title: "before", Width: 7}, {Title: "after", Width: 7}, {Title: "a trace", Width: 8}}

// writePlaces writes the tree of what changed. before and after are the own time of
// one call.
func (r Report) writePlaces(out *terminal.Writer) {
	list := pruned(r.Places, textPlaces)
	if len(list) == 0 {
		return
	}
	rows := make([]terminal.Row, len(list))
	service := ""
	for i, p := range list {
		rows[i] = terminal.Row{Style: terminal.Faint, Text: strings.Repeat(" ", min(p.Depth, 12)) + p.title(), Figures: []string{"", "", "", ""}}
		if p.Service != service {
			rows[i].Text += "  " + p.Service
		}
		service = p.Service
		if !p.Changed {
			continue
		}
		rows[i].Style = terminal.Red
		if p.cost() < 0 {
			rows[i].Style = terminal.Green
		}
		rows[i].Figures = []string{p.calls(), one(p.Before), one(p.After), signed(p.cost())}
	}
	out.Break()
	out.Table("own time of one call, by place", placeColumns, rows)
	changed := func(list []Place) (n int) {
		for _, p := range list {
			if p.Changed {
				n++
			}
		}
		return n
	}
	if more := changed(r.Places) - changed(list); more > 0 {
		out.Line(terminal.Faint, fmt.Sprintf("and %s, which --json and --html have", terminal.Count(more, "more place")))
	}
}

func (p Place) title() string {
	if p.Kind == calls.SQL {
		return p.Summary
	}
	return p.Name
}

// calls writes the number of calls in a trace.
func (p Place) calls() string {
	before, after := number(p.Before.Calls), number(p.After.Calls)
	switch {
	case before == after:
		return after
	case p.Before.Calls == 0:
		return "new: " + after
	case p.After.Calls == 0:
		return "gone: " + before
	}
	return before + " → " + after
}

func number(n float64) string {
	if n >= 10 {
		return terminal.Number(int(math.Round(n)))
	}
	return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
}

// one writes the own time of one call.
func one(f Figures) string {
	if f.Calls == 0 {
		return "–"
	}
	return durationOf(f.Own / f.Calls)
}

func signed(milliseconds float64) string {
	if milliseconds < 0 {
		return "-" + durationOf(-milliseconds)
	}
	return "+" + durationOf(milliseconds)
}

func durationOf(milliseconds float64) string {
	return waterfall.FormatDuration(time.Duration(milliseconds * float64(time.Millisecond)))
}
