// SPDX-License-Identifier: Apache-2.0

package waterfall

import "time"

// label is the text in the name's column.
func label(run []*node) string {
	text := commonName(run)
	if len(run) > 1 {
		text = number(len(run)) + " × " + text
	}
	if run[0].failed {
		text = "✗ " + text
	}
	return text
}

// commonName is the name of all nodes of a run: their kind, if their names differ.
func commonName(run []*node) string {
	for _, n := range run[1:] {
		if n.name != run[0].name {
			return n.kind
		}
	}
	return run[0].name
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
	return FormatDuration(sumOfDurations(run))
}

func sumOfDurations(run []*node) time.Duration {
	sum := time.Duration(0)
	for _, n := range run {
		sum = addDuration(sum, n.duration())
	}
	return sum
}
