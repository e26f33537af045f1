// SPDX-License-Identifier: Apache-2.0

package waterfall

// label is the text in the name's column.
func label(run []*node) string {
	text := run[0].name
	if len(run) > 1 {
		for _, n := range run {
			if n.name != text {
				text = n.kind
				break
			}
		}
		text = number(len(run)) + " × " + text
	}
	if run[0].failed {
		text = "✗ " + text
	}
	return text
}

// count returns the text with the number of a line's spans, and of the failed spans
// that it hides. The text has at most room columns, if that is possible. It is empty
// for a line that hides no spans.
func count(l line, room int) string {
	if !l.hides() {
		return ""
	}
	long, short := plural(l.spans, "span"), number(l.spans)
	if l.errors > 0 {
		long += ", " + plural(l.errors, "error")
		short += ", ✗"
	}
	if columns(long)+len(" ()") > room {
		return " (" + short + ")"
	}
	return " (" + long + ")"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

func duration(run []*node) string {
	if run[0].open {
		return "–"
	}
	sum := run[0].duration()
	for _, n := range run[1:] {
		sum = addDuration(sum, n.duration())
	}
	return FormatDuration(sum)
}
