// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var page = template.Must(template.New("page").Parse(pageHTML))

const (
	colors   = 10  // of services, in the style sheet
	maxInset = 20  // the deepest place that is moved to the right, in the style sheet
	longest  = 300 // the length of the longest bar
)

// pageSide is one side in the page.
type pageSide struct {
	Name, Traces, Calls, Own, From, To string
}

// pageRow is a place in the page.
type pageRow struct {
	Class, Name, Service, Full string
	Depth, Color               int
	Changed                    bool
	Calls, Before, After, Cost string
	OwnBefore, OwnAfter        string
	BarBefore, BarAfter        float64
}

// WriteHTML writes the report as one page for a browser. It needs no other file, no
// network and no script, and has the colours of the pages of package waterfall. The
// error is that of w.
func (r Report) WriteHTML(w io.Writer) error {
	style := waterfall.Theme() + pageCSS
	sum := sha256.Sum256([]byte(style))
	data := struct {
		Policy, Title, Load, Longest string
		Style                        template.CSS
		Others                       []Cause
		Sides                        []pageSide
		Rows                         []pageRow
	}{
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		Title:  Nothing, Load: r.loadNote(), Style: template.CSS(style), //nolint:gosec // it is part of the program
		Sides: []pageSide{r.Before.page("before"), r.After.page("after")},
	}
	if len(r.Causes) > 0 {
		data.Title, data.Others = r.Causes[0].Text, r.Causes[1:]
	}
	longest := 0.0
	for _, p := range r.Places {
		if p.Changed {
			longest = max(longest, p.Before.Own, p.After.Own)
		}
	}
	data.Longest = durationOf(longest)
	services := map[string]int{}
	for _, p := range r.Places {
		if _, ok := services[p.Service]; !ok {
			services[p.Service] = len(services) % colors
		}
		data.Rows = append(data.Rows, p.page(services[p.Service], longest))
	}
	return page.Execute(w, data)
}

func (t Traces) page(name string) pageSide {
	return pageSide{name, terminal.Number(t.Traces), terminal.Number(t.Calls), durationOf(t.Own), t.From.UTC().Format(time.DateTime), t.To.UTC().Format(time.DateTime)}
}

func (p Place) page(color int, most float64) pageRow {
	bar := func(own float64) float64 { return longest * own / cmp.Or(most, 1) }
	row := pageRow{
		Name: terminal.Clean(p.title()), Service: terminal.Clean(p.Service), Full: terminal.Clean(p.Name), Depth: min(p.Depth, maxInset), Color: color, Changed: p.Changed,
		Calls: p.calls(), Before: one(p.Before), After: one(p.After), Cost: signed(p.cost()),
		OwnBefore: durationOf(p.Before.Own), OwnAfter: durationOf(p.After.Own), BarBefore: bar(p.Before.Own), BarAfter: bar(p.After.Own),
	}
	var classes []string
	if p.Changed {
		classes = append(classes, "changed")
	}
	if p.Changed && p.cost() > 0 {
		classes = append(classes, "more")
	}
	row.Class = strings.Join(classes, " ")
	return row
}
