// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rivo/uniseg"
)

// Cut returns a text as one line that can't control the terminal, with an ellipsis in
// the place of what is beyond that many columns.
func Cut(text string, columns int) string {
	text = Clean(text)
	if uniseg.StringWidth(text) <= columns {
		return text
	}
	width, state := 0, -1
	var out strings.Builder
	for text != "" {
		var cluster string
		var w int
		cluster, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		if width += w; width >= columns {
			break
		}
		out.WriteString(cluster)
	}
	return strings.TrimRight(out.String(), " ") + "…"
}

// Clean returns a text as one line that can't control the terminal.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsGraphic(r):
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// Number writes n with commas between thousands.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count writes a number and a noun, which gets an s for all numbers but 1.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Milliseconds returns a duration in milliseconds, with three digits after the
// point, for JSON.
func Milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
