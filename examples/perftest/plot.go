// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// The sizes of the plot, in pixels.
const (
	plotWidth   = 760.0
	plotLeft    = 190.0 // the width of the rows' names
	plotRight   = 24.0
	panelTop    = 34.0 // the height of a panel's title
	panelBottom = 44.0 // the height of its axis
	rowHeight   = 34.0
)

// row is one line of dots.
type row struct {
	name  string
	color string
	comparison
	pair
}

// panels are the parts of the plot, each with a scale of its own.
var panels = []struct {
	title string
	rows  []row
}{
	{"What the library adds to a list call", library(callLonger)},
	{"What the library adds to the whole scenario", library(scenarioLonger)},
	{"The library's processor time for a list call, in % of the call", library(clientsShare)},
	{"What OSProfiler adds in the cloud", []row{
		{callLonger.name, "#bc4c00", callLonger, tracedAgainstUnknown},
		{scenarioLonger.name, "#bc4c00", scenarioLonger, tracedAgainstUnknown},
	}},
}

func library(c comparison) []row {
	return []row{{w3cAgainstNone.String(), "#0969da", c, w3cAgainstNone}, {unknownAgainstNone.String(), "#8250df", c, unknownAgainstNone}}
}

// plot writes an SVG with a dot for each round, and the median and its interval.
func (r report) plot(w io.Writer) error {
	results := newResults(r.samples)
	var b strings.Builder
	top := 0.0
	for _, p := range panels {
		drawPanel(&b, results, p.title, p.rows, top)
		top += panelTop + panelBottom + rowHeight*float64(len(p.rows))
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="How much longer it took in each round">
<rect width="100%%" height="100%%" rx="6" fill="#ffffff"/>
<g font-family="system-ui,-apple-system,'Segoe UI','Liberation Sans',Arial,sans-serif" font-size="13" fill="#24292f">
%s</g>
</svg>
`, plotWidth, top, plotWidth, top, b.String())
	return err
}

func drawPanel(b *strings.Builder, results results, title string, rows []row, top float64) {
	fmt.Fprintf(b, `<text x="%.0f" y="%.1f" font-weight="600">%s</text>`+"\n", plotLeft, top+22, title)
	all := []float64{0}
	for _, row := range rows {
		all = append(all, results.compare(row.comparison, row.pair)...)
	}
	scale := newScale(slices.Min(all), slices.Max(all))
	bottom := top + panelTop + rowHeight*float64(len(rows))
	for _, tick := range scale.ticks() {
		color, label := "#d8dee4", fmt.Sprintf("%+g %%", tick)
		if tick == 0 {
			color, label = "#24292f", "0 %"
		}
		fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="%s"/><text x="%.1f" y="%.1f" text-anchor="middle" font-size="12" fill="#57606a">%s</text>`+"\n",
			scale.x(tick), top+panelTop, bottom, color, scale.x(tick), bottom+18, label)
	}
	for i, row := range rows {
		middle := top + panelTop + rowHeight*(float64(i)+0.5)
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text><g fill="%s" stroke="%s">`+"\n", plotLeft-12, middle+4.5, row.name, row.color, row.color)
		values := results.compare(row.comparison, row.pair)
		for round, v := range values {
			// The rounds lie one below the other, so that dots of equal values
			// can be seen.
			y := middle + (rowHeight-14)*((float64(round)+0.5)/float64(len(values))-0.5)
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.6" fill-opacity="0.4" stroke="none"/>`, scale.x(v), y)
		}
		e := estimateOf(values)
		fmt.Fprintf(b, "\n"+`<path d="M%.1f %.1fH%.1f" stroke-width="3"/><path d="M%.1f %.1fV%.1f" stroke-width="3"/></g>`+"\n",
			scale.x(e.low), middle, scale.x(e.high), scale.x(e.median), middle-9, middle+9)
	}
}

// scale maps percent to pixels.
type scale struct{ low, high, step float64 }

// newScale returns a scale with about eight ticks, which are at 1, 2 or 5 times
// a power of ten.
func newScale(low, high float64) scale {
	span := math.Max(high-low, 0.1)
	step := math.Pow(10, math.Floor(math.Log10(span/8)))
	for _, factor := range []float64{2, 2.5, 2} {
		if span/step > 8 {
			step *= factor
		}
	}
	return scale{math.Floor(low/step) * step, math.Ceil((low+span)/step) * step, step}
}

func (s scale) x(percent float64) float64 {
	return plotLeft + (plotWidth-plotLeft-plotRight)*(percent-s.low)/(s.high-s.low)
}

func (s scale) ticks() []float64 {
	var ticks []float64
	for i := math.Round(s.low / s.step); i <= math.Round(s.high/s.step); i++ {
		ticks = append(ticks, math.Round(i*s.step*1e6)/1e6)
	}
	return ticks
}
