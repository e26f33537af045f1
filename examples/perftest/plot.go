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
	plotLeft    = 120.0 // of the modes' names
	plotRight   = 24.0
	panelTop    = 34.0 // of a panel's title
	panelBottom = 44.0 // of its axis
	rowHeight   = 30.0
)

var modeColors = map[string]string{modeNone: "#57606a", modeW3C: "#0969da", modeUnknownKey: "#8250df", modeTraced: "#bc4c00"}

// plot writes an SVG with a dot for each round, and each mode's median and
// interval, relative to the median of the first mode.
func (r report) plot(w io.Writer) error {
	panels := []measure{typicalCall, wholeScenario}
	height := float64(len(panels)) * r.panelHeight()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="Each round's times, by mode">`+"\n",
		plotWidth, height, plotWidth, height)
	b.WriteString(`<rect width="100%" height="100%" rx="6" fill="#ffffff"/>` + "\n" +
		`<g font-family="system-ui,-apple-system,'Segoe UI','Liberation Sans',Arial,sans-serif" font-size="13" fill="#24292f">` + "\n")
	for i, m := range panels {
		r.panel(&b, m, float64(i)*r.panelHeight())
	}
	b.WriteString("</g>\n</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r report) panelHeight() float64 {
	return panelTop + panelBottom + rowHeight*float64(len(r.modes))
}

func (r report) panel(b *strings.Builder, m measure, top float64) {
	results := newResults(r.samples)
	base := median(m.values(results[r.modes[0]]))
	name, _, _ := strings.Cut(m.name, ",")
	fmt.Fprintf(b, `<text x="%.0f" y="%.1f" font-weight="600">The time of %s, relative to the median of "%s"</text>`+"\n", plotLeft, top+22, name, r.modes[0])

	percent := map[string][]float64{}
	var all []float64
	for _, mode := range r.modes {
		for _, v := range m.values(results[mode]) {
			percent[mode] = append(percent[mode], 100*(v/base-1))
		}
		all = append(all, percent[mode]...)
	}
	scale := newScale(slices.Min(all), slices.Max(all))
	bottom := top + panelTop + rowHeight*float64(len(r.modes))
	for _, tick := range scale.ticks() {
		x := scale.x(tick)
		fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="#d0d7de"/><text x="%.1f" y="%.1f" text-anchor="middle" font-size="12" fill="#57606a">%+g %%</text>`+"\n",
			x, top+panelTop, bottom, x, bottom+18, tick)
	}
	for i, mode := range r.modes {
		middle := top + panelTop + rowHeight*(float64(i)+0.5)
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text><g fill="%s" stroke="%s">`+"\n", plotLeft-12, middle+4.5, mode, modeColors[mode], modeColors[mode])
		for round, v := range percent[mode] {
			// Rounds lie one below the other, so that equal ones can be told apart.
			y := middle + (rowHeight-14)*((float64(round)+0.5)/float64(len(percent[mode]))-0.5)
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.6" fill-opacity="0.4" stroke="none"/>`, scale.x(v), y)
		}
		e := estimateOf(percent[mode])
		fmt.Fprintf(b, "\n"+`<path d="M%.1f %.1fH%.1f" stroke-width="3"/><path d="M%.1f %.1fV%.1f" stroke-width="3"/></g>`+"\n",
			scale.x(e.low), middle, scale.x(e.high), scale.x(e.median), middle-9, middle+9)
	}
}

// scale maps percent to pixels.
type scale struct{ low, high, step float64 }

// newScale returns one with ticks at 1, 2 or 5 times a power of ten, about eight
// of them.
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
