// SPDX-License-Identifier: Apache-2.0

package calls

import "strings"

// maxWhole is the length of a statement that is its own summary if it has no table.
const maxWhole = 24

// Summary returns the verb and the first table of a folded statement, such as
// "SELECT instances", in the form of OpenTelemetry's db.query.summary. Of a statement
// without a table it returns the verb, or the whole statement if it is short.
func Summary(folded string) string {
	t := tokens{rest: folded}
	if !t.next() {
		return "(empty)"
	}
	verb := strings.ToUpper(t.token)
	for {
		word := t.token
		if !t.next() {
			if len(folded) <= maxWhole {
				return folded
			}
			return verb
		}
		if t.kind != wordToken {
			continue
		}
		switch {
		case strings.EqualFold(word, "FROM"), strings.EqualFold(word, "INTO"), strings.EqualFold(word, "UPDATE") && verb == "UPDATE":
			return verb + " " + t.name()
		}
	}
}

// name returns the name that begins with the token, without quotation marks.
func (t tokens) name() string {
	name := []string{t.token}
	for t.next() && t.token == "." && t.next() {
		name = append(name, t.token)
	}
	return strings.NewReplacer("`", "", `"`, "").Replace(strings.Join(name, "."))
}

const (
	maxBrief   = 16 << 10 // Nova's columns have 8,000 bytes
	minColumns = 24       // a shorter list of columns says more than an ellipsis
)

// Brief returns a folded statement for a line of text, with "…" in the place of
// the columns of a SELECT or an INSERT, so that the tables and conditions can be
// seen.
func Brief(folded string) string {
	folded = folded[:min(len(folded), maxBrief)]
	var out strings.Builder
	cutOff := false // the columns of a SELECT have no end
	for t := (tokens{rest: folded}); ; {
		begin := len(folded) - len(t.rest)
		if !t.next() {
			out.WriteString(folded[begin:])
			return strings.ToValidUTF8(out.String(), "")
		}
		end := len(folded) - len(t.rest)
		var until int
		switch {
		case t.kind == wordToken && strings.EqualFold(t.token, "SELECT") && !cutOff:
			until = columnsOf(folded[end:], func(t tokens, depth int) bool { return depth == 0 && strings.EqualFold(t.token, "FROM") })
		case t.token == "(" && strings.HasPrefix(folded, "INSERT") && !strings.Contains(out.String(), "("):
			until = columnsOf(folded[end:], func(t tokens, depth int) bool { return depth < 0 })
		}
		out.WriteString(folded[begin:end])
		cutOff = cutOff || until < 0
		if until > minColumns {
			if t.token != "(" {
				out.WriteByte(' ')
			}
			out.WriteString("…")
			if t.token != "(" {
				out.WriteByte(' ')
			}
			t.rest = folded[end+until:]
		}
	}
}

// columnsOf returns how many bytes are before the token that ends a list of
// columns. It returns 0 if the bracket around it ends before that, and -1 if the text
// does.
func columnsOf(text string, ends func(t tokens, depth int) bool) int {
	depth := 0
	for t := (tokens{rest: text}); t.next(); {
		switch t.token {
		case "(":
			depth++
		case ")":
			depth--
		}
		if ends(t, depth) {
			return len(text) - len(t.rest) - len(t.token)
		}
		if depth < 0 {
			return 0
		}
	}
	return -1
}
