// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

//go:embed page.css
var pageCSS string

const (
	colors   = 10  // of services, in the style sheet
	maxInset = 20  // the deepest place that is moved to the right, in the style sheet
	longest  = 300 // the length of the longest bar
)

// WriteHTML writes the report as one page for a browser. It needs no other file, no
// network and no script, and has the colours of the pages of package waterfall. The
// error is that of w.
func (r Report) WriteHTML(w io.Writer) error {
	// With html/template, whose templates find methods by their names, the linker would
	// keep all methods of the program, which would be half as large again.
	var page strings.Builder
	style := waterfall.Theme() + pageCSS
	sum := sha256.Sum256([]byte(style))
	title := Nothing
	if len(r.Causes) > 0 {
		title = r.Causes[0].Text
	}
	fmt.Fprintf(&page, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-%s'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>%s</style>
</head>
<body>
<main>
<h1>%[2]s</h1>
`, base64.StdEncoding.EncodeToString(sum[:]), html.EscapeString(title), style)
	if len(r.Causes) > 1 {
		page.WriteString("<ol id=\"causes\" start=\"2\">\n")
		for _, c := range r.Causes[1:] {
			fmt.Fprintf(&page, "<li>%s</li>\n", html.EscapeString(c.Text))
		}
		page.WriteString("</ol>\n")
	}
	page.WriteString(`<table id="sides">
<thead><tr><th></th><th>traces</th><th>calls</th><th>own time a trace</th><th>from (UTC)</th><th>to (UTC)</th></tr></thead>
<tbody>
`)
	r.Before.writeRow(&page, "before")
	r.After.writeRow(&page, "after")
	page.WriteString("</tbody>\n</table>\n")
	if note := r.loadNote(); note != "" {
		fmt.Fprintf(&page, "<p>%s</p>\n", html.EscapeString(note))
	}
	if len(r.Places) > 0 {
		r.writeTable(&page)
	}
	page.WriteString("</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, page.String())
	return err
}

func (t Traces) writeRow(page *strings.Builder, name string) {
	fmt.Fprintf(page, "<tr><th><span class=\"key %[1]s\"></span>%[1]s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
		name, terminal.Number(t.Traces), terminal.Number(t.Calls), durationOf(t.Own), t.From.UTC().Format(time.DateTime), t.To.UTC().Format(time.DateTime))
}

func (r Report) writeTable(page *strings.Builder) {
	most := 0.0
	for _, p := range r.Places {
		if p.Changed {
			most = max(most, p.Before.Own, p.After.Own)
		}
	}
	fmt.Fprintf(page, `<h2>What changed, by its place in the trace</h2>
<p class="legend">The bars show the own time of all calls at a place, in a trace: the time in which none of the calls below was running. The figures are the own time of one call. Rows without figures are there for the places below them.</p>
<table id="places">
<thead><tr><th>place</th><th>calls</th><th>before</th><th>after</th><th>a trace</th><th class="bars">own time in a trace, up to %s</th></tr></thead>
<tbody>
`, durationOf(most))
	services := map[string]int{}
	for _, p := range r.Places {
		if _, ok := services[p.Service]; !ok {
			services[p.Service] = len(services) % colors
		}
		p.writeRow(page, services[p.Service], most)
	}
	page.WriteString("</tbody>\n</table>\n")
}

func (p Place) writeRow(page *strings.Builder, color int, most float64) {
	clean := func(text string) string { return html.EscapeString(terminal.Clean(text)) }
	class := ""
	switch {
	case p.Changed && p.cost() > 0:
		class = "changed more"
	case p.Changed:
		class = "changed"
	}
	fmt.Fprintf(page, "<tr class=\"%s\"><th class=\"depth-%d\" title=\"%s\"><span class=\"swatch service-%d\"></span>%s <small>%s</small></th>",
		class, min(p.Depth, maxInset), clean(p.Name), color, clean(p.title()), clean(p.Service))
	if !p.Changed {
		page.WriteString("<td></td><td></td><td></td><td></td><td class=\"bars\"></td></tr>\n")
		return
	}
	bar := func(own float64) float64 { return longest * own / cmp.Or(most, 1) }
	fmt.Fprintf(page, "<td>%s</td><td>%s</td><td>%s</td><td class=\"cost\">%s</td>",
		clean(p.calls()), clean(one(p.Before)), clean(one(p.After)), clean(signed(p.cost())))
	fmt.Fprintf(page, `<td class="bars"><svg width="%d" height="14" role="img" aria-label="before %[2]s, after %[3]s"><title>before %[2]s, after %[3]s</title>`,
		longest, durationOf(p.Before.Own), durationOf(p.After.Own))
	fmt.Fprintf(page, "<rect class=\"before\" y=\"1\" width=\"%g\" height=\"5\"/><rect class=\"after\" y=\"8\" width=\"%g\" height=\"5\"/></svg></td></tr>\n",
		bar(p.Before.Own), bar(p.After.Own))
}
