// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"strings"
	"unicode"
)

// maxMarks is the number of combining marks in a row that are kept, which is the
// number that living scripts need.
const maxMarks = 2

// clean returns s without characters that could control a terminal or the direction
// of its text, cut with an ellipsis to room columns. Control characters become their
// pictures, such as ␛, and other characters that can't be shown become U+FFFD.
// Clean text is not changed.
func clean(s string, room int) string {
	if room <= 0 {
		return ""
	}
	if isSimple(s, room) {
		return s
	}
	var b strings.Builder
	width, marks := 0, 0
	cut := 0 // where the ellipsis goes
	for _, r := range s {
		r = visible(r)
		if unicode.Is(dropped, r) {
			continue
		}
		w := runeColumns(r)
		if w == 0 {
			if width == 0 {
				r, w = unicode.ReplacementChar, 1
			} else if marks++; marks > maxMarks {
				continue
			}
		}
		if w > 0 {
			marks = 0
		}
		if width+w > room {
			return b.String()[:cut] + "…"
		}
		width += w
		b.WriteRune(r)
		if width < room {
			cut = b.Len()
		}
	}
	return b.String()
}

// isSimple reports whether s is clean, without an allocation. It reports false for
// some clean texts, too.
func isSimple(s string, room int) bool {
	for _, r := range s {
		w := runeColumns(r)
		// An invalid byte, too, reads as U+FFFD.
		if room -= w; room < 0 || w == 0 || r == unicode.ReplacementChar || visible(r) != r {
			return false
		}
	}
	return true
}

// visible returns the character that is shown for r.
func visible(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r < 0x7f:
		return r
	case r == 0x7f:
		return '␡'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case isDrawing(r) || unicode.IsGraphic(r):
		return r
	default:
		return unicode.ReplacementChar
	}
}

// columns is the display width of clean text.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300 || isDrawing(r):
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}

// isDrawing reports whether r is a box drawing or a block, as most of a picture is.
func isDrawing(r rune) bool { return r >= 0x2500 && r < 0x25a0 }

// dropped are the variation selectors. They change the width of the character before
// them, differently in each terminal.
var dropped = &unicode.RangeTable{
	R16: []unicode.Range16{{0xfe00, 0xfe0f, 1}},
	R32: []unicode.Range32{{0xe0100, 0xe01ef, 1}},
}

// wide are the characters of two columns: Unicode's East Asian wide and
// fullwidth ones, in ranges that include the unassigned ones between them.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x2329, 0x232a, 1},
		{0x23e9, 0x23ec, 1}, {0x23f0, 0x23f0, 1}, {0x23f3, 0x23f3, 1},
		{0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1}, {0x2648, 0x2653, 1},
		{0x267f, 0x267f, 1}, {0x2693, 0x2693, 1}, {0x26a1, 0x26a1, 1},
		{0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x26c4, 0x26c5, 1},
		{0x26ce, 0x26ce, 1}, {0x26d4, 0x26d4, 1}, {0x26ea, 0x26ea, 1},
		{0x26f2, 0x26f3, 1}, {0x26f5, 0x26f5, 1}, {0x26fa, 0x26fa, 1},
		{0x26fd, 0x26fd, 1}, {0x2705, 0x2705, 1}, {0x270a, 0x270b, 1},
		{0x2728, 0x2728, 1}, {0x274c, 0x274c, 1}, {0x274e, 0x274e, 1},
		{0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1},
		{0x27b0, 0x27b0, 1}, {0x27bf, 0x27bf, 1}, {0x2b1b, 0x2b1c, 1},
		{0x2b50, 0x2b50, 1}, {0x2b55, 0x2b55, 1}, {0x2e80, 0x303e, 1},
		{0x3041, 0x4dbf, 1}, {0x4e00, 0xa4cf, 1}, {0xa960, 0xa97f, 1},
		{0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe10, 0xfe19, 1},
		{0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18d8f, 1}, {0x1aff0, 0x1b2ff, 1}, {0x1f004, 0x1f004, 1},
		{0x1f0cf, 0x1f0cf, 1}, {0x1f18e, 0x1f18e, 1}, {0x1f191, 0x1f19a, 1},
		{0x1f200, 0x1f265, 1}, {0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1},
		{0x1f7e0, 0x1f7f0, 1}, {0x1f90c, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1},
		{0x20000, 0x3fffd, 1},
	},
}
