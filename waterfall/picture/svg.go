// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The size of a character is that of DejaVu Sans Mono and Menlo; other fonts
// are stretched to it by textLength.
const (
	fontSize   = 14.0
	cellWidth  = fontSize * 0.602
	cellHeight = 18.0
	baseline   = 13.5
	padding    = 16.0
	barInset   = 1.5 // above and below a block
)

const (
	background = "#0d1117"
	border     = "#30363d"
	foreground = "#d1d7e0"
)

var colors = [16]string{
	"#484f58", "#ff7b72", "#56d364", "#e3b341", "#6cb6ff", "#bc8cff", "#39c5cf", "#b1bac4",
	"#6e7681", "#ffa198", "#7ee787", "#f2cc60", "#96d0ff", "#e2b6ff", "#76e3ea", "#f0f6fc",
}

func writeSVG(w *bufio.Writer, lines [][]cell) {
	columns := 0
	for _, line := range lines {
		columns = max(columns, len(line))
	}
	width := math.Ceil(2*padding + float64(columns)*cellWidth)
	height := math.Ceil(2*padding + float64(len(lines))*cellHeight)
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`+"\n", width, height, width, height)
	fmt.Fprintf(w, `<rect x="0.5" y="0.5" width="%s" height="%s" rx="8" fill="%s" stroke="%s"/>`+"\n", number(width-1), number(height-1), background, border)
	fmt.Fprintf(w, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="%s" fill="%s">`+"\n", number(fontSize), foreground)
	for i, line := range lines {
		writeLine(w, line, padding+float64(i)*cellHeight)
	}
	w.WriteString("</g>\n</svg>\n")
}

// writeLine writes the runs of equal style: shapes as a path, words as text.
func writeLine(w *bufio.Writer, line []cell, top float64) {
	for i := 0; i < len(line); {
		x := padding + float64(i)*cellWidth
		c := line[i]
		switch {
		case c.char == ' ':
			i++
		case isShape(c.char):
			var path strings.Builder
			for ; i < len(line) && line[i].style == c.style && isShape(line[i].char); i++ {
				path.WriteString(shape(line[i].char, padding+float64(i)*cellWidth, top))
			}
			fmt.Fprintf(w, `<path d="%s"%s/>`+"\n", path.String(), attributes(c.style))
		default:
			end := textEnd(line, i)
			var text strings.Builder
			for ; i < end; i++ {
				text.WriteRune(line[i].char)
			}
			fmt.Fprintf(w, `<text x="%s" y="%s" textLength="%s"%s>`, number(x), number(top+baseline),
				number(padding+float64(end)*cellWidth-x), attributes(c.style))
			xml.EscapeText(w, []byte(text.String()))
			w.WriteString("</text>\n")
		}
	}
}

// textEnd returns the end of the text that begins at start. Single spaces do
// not end a text.
func textEnd(line []cell, start int) int {
	end := start
	for i := start; i < len(line) && line[i].style == line[start].style && !isShape(line[i].char); i++ {
		if line[i].char != ' ' {
			end = i + 1
		} else if i > end {
			break
		}
	}
	return end
}

func attributes(s style) string {
	var b strings.Builder
	if s.color != defaultColor {
		fmt.Fprintf(&b, ` fill="%s"`, colors[s.color])
	}
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.faint {
		b.WriteString(` opacity="0.55"`)
	}
	return b.String()
}

// number writes x with at most two decimals.
func number(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}
