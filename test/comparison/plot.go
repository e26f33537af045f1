// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// The sizes of a plot, in pixels.
const (
	plotWidth  = 860.0
	plotLeft   = 320.0 // the width of the lines' names
	plotRight  = 24.0
	plotTop    = 40.0 // the height of the title
	plotBottom = 36.0 // the height of the axis
	lineHeight = 30.0
)

// style has colours for the light and the dark theme of the reader.
const style = `<style>
.background{fill:#ffffff}.text{fill:#24292f}.weak{fill:#57606a}.grid{stroke:#d8dee4}.zero{stroke:#24292f}.dot{fill:#0969da;fill-opacity:.45}.bar{stroke:#0969da;stroke-width:3}
@media (prefers-color-scheme:dark){.background{fill:#0d1117}.text{fill:#e6edf3}.weak{fill:#9198a1}.grid{stroke:#30363d}.zero{stroke:#e6edf3}.dot{fill:#58a6ff}.bar{stroke:#58a6ff}}
</style>`

// plotted is a line of dots in a plot: a value for each block.
type plotted struct {
	name   string
	values []float64
}

// costs plots how much more processor time a list call needs.
func (p page) costs() string {
	var lines []plotted
	for _, s := range p.shown {
		if s.name != nothing {
			_, percent := p.results.differences(subject{s.name, workList, ""}, cpuOfCall)
			lines = append(lines, plotted{s.title, percent})
		}
	}
	return plot("More processor time of the cloud for a list call, % of the baseline", "%+g %%", lines)
}

// drift plots the baseline.
func (p page) drift() string {
	var lines []plotted
	base := subject{nothing, workList, ""}
	for _, block := range p.results.blocks(base) {
		if len(lines) < block.round {
			lines = append(lines, plotted{name: fmt.Sprintf("round %d", block.round)})
		}
		last := &lines[len(lines)-1]
		last.values = append(last.values, 1000*cpuOfCall(p.results[base][block]))
	}
	return plot("Processor time of the cloud for a list call without tracing, ms", "%g", lines)
}

// plot returns an SVG with a line of dots for each name. More than one value also has
// its median and the 95 % interval.
func plot(title, label string, lines []plotted) string {
	all := []float64{0}
	for _, line := range lines {
		all = append(all, line.values...)
	}
	scale := newScale(slices.Min(all), slices.Max(all))
	bottom := plotTop + lineHeight*float64(len(lines))
	height := bottom + plotBottom
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`+"\n%s\n",
		plotWidth, height, plotWidth, height, html.EscapeString(title), style)
	b.WriteString(`<rect class="background" width="100%" height="100%" rx="6"/>` + "\n" +
		`<g font-family="system-ui,-apple-system,'Segoe UI','Liberation Sans',Arial,sans-serif" font-size="13">` + "\n")
	fmt.Fprintf(&b, `<text class="text" x="16" y="24" font-weight="600">%s</text>`+"\n", html.EscapeString(title))
	for _, tick := range scale.ticks() {
		class := "grid"
		if tick == 0 {
			class = "zero"
		}
		fmt.Fprintf(&b, `<path class="%s" d="M%.1f %.1fV%.1f"/><text class="weak" x="%.1f" y="%.1f" text-anchor="middle" font-size="12">`+label+"</text>\n",
			class, scale.x(tick), plotTop, bottom, scale.x(tick), bottom+18, tick)
	}
	for i, line := range lines {
		middle := plotTop + lineHeight*(float64(i)+0.5)
		fmt.Fprintf(&b, `<text class="text" x="%.0f" y="%.1f" text-anchor="end">%s</text>`+"\n", plotLeft-12, middle+4.5, html.EscapeString(line.name))
		for round, v := range line.values {
			// The rounds are one below the other, so that dots of equal values can be seen.
			y := middle + (lineHeight-12)*((float64(round)+0.5)/float64(len(line.values))-0.5)
			fmt.Fprintf(&b, `<circle class="dot" cx="%.1f" cy="%.1f" r="3"/>`, scale.x(v), y)
		}
		if len(line.values) > 1 {
			e := bootstrap(line.values)
			fmt.Fprintf(&b, `<path class="bar" d="M%.1f %.1fH%.1fM%.1f %.1fV%.1f"/>`, scale.x(e.low), middle, scale.x(e.high), scale.x(e.median), middle-8, middle+8)
		}
		b.WriteString("\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// scale maps values to pixels.
type scale struct{ low, high, step float64 }

// newScale returns a scale with about eight ticks, at 1, 2 or 5 times a power of ten.
func newScale(low, high float64) scale {
	span := math.Max(high-low, 1e-3)
	step := math.Pow(10, math.Floor(math.Log10(span/8)))
	for _, factor := range []float64{2, 2.5, 2} {
		if span/step > 8 {
			step *= factor
		}
	}
	return scale{math.Floor(low/step) * step, math.Ceil((low+span)/step) * step, step}
}

func (s scale) x(value float64) float64 {
	return plotLeft + (plotWidth-plotLeft-plotRight)*(value-s.low)/(s.high-s.low)
}

func (s scale) ticks() []float64 {
	var ticks []float64
	for i := math.Round(s.low / s.step); i <= math.Round(s.high/s.step); i++ {
		ticks = append(ticks, math.Round(i*s.step*1e9)/1e9)
	}
	return ticks
}
