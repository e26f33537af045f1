// SPDX-License-Identifier: Apache-2.0

package calls

import (
	"slices"
	"strings"
)

// maxFolded limits the number of statements whose folded texts a reader keeps.
const maxFolded = 4096

// fold returns Fold(statement). Most statements come again and again, with
// placeholders in the place of their values.
func (r *Reader) fold(statement string) string {
	if folded, ok := r.folded[statement]; ok {
		return folded
	}
	if r.folded == nil || len(r.folded) >= maxFolded {
		r.folded = map[string]string{}
	}
	folded := Fold(statement)
	r.folded[statement] = folded
	return folded
}

// Fold returns a SQL statement in the form that it has for all values, so that
// equal statements have equal texts:
//
//   - A string, a number and a placeholder, such as %(id_1)s, become "?", as in
//     OpenTelemetry's conventions for db.query.text.
//   - A list of values becomes "(?)", whatever its length is. This is the list of
//     an IN, and the values of an INSERT.
//   - Of the rows of an INSERT there is one.
//   - The name of a savepoint becomes "?", because SQLAlchemy numbers them.
//   - Comments are left out, and white space becomes one space.
//
// The case of words is kept, and so are names in quotation marks or backquotes.
func Fold(statement string) string {
	f := folder{tokens: tokens{rest: statement}}
	return f.fold()
}

// folder writes the folded text.
type folder struct {
	tokens
	out       strings.Builder
	last      string // the word or the sign before
	savepoint bool   // the name of a savepoint follows
	values    bool   // the rows of an INSERT follow
	row       bool   // it is the inside of such a row
}

func (f *folder) add(token string, kind tokenKind) {
	isWord := func(word string) bool { return kind == wordToken && strings.EqualFold(token, word) }
	switch {
	case isWord("SAVEPOINT"):
		f.savepoint = true
	case f.savepoint && kind == wordToken && !isWord("TO"):
		token, f.savepoint = "?", false
	case token == "(" && f.values:
		f.firstRow()
		return
	case token == "(":
		if after, isList := f.bracket(false); isList {
			f.write("(?)")
			f.tokens = after
			return
		}
	case token == "," && f.another():
		return
	}
	f.values = isWord("VALUES") && !f.row
	f.write(token)
}

// firstRow reads and writes the row whose opening bracket was read. The values
// stay true, because other rows can follow.
func (f *folder) firstRow() {
	after, isList := f.bracket(true)
	row := "(?)"
	if !isList {
		inside := folder{tokens: tokens{rest: strings.TrimSuffix(f.rest[:len(f.rest)-len(after.rest)], ")")}, row: true}
		row = "(" + inside.fold() + ")"
	}
	f.write(row)
	f.tokens = after
}

// another reads what follows a comma, if it is another row, or another list of
// values in a list of lists.
func (f *folder) another() bool {
	if !f.values && f.last != "(?)" || len(f.last) < len("()") {
		return false
	}
	ahead := f.tokens
	if !ahead.next() || ahead.token != "(" {
		return false
	}
	after, isList := ahead.bracket(f.values)
	if f.values || isList {
		f.tokens = after
		return true
	}
	return false
}

func (f *folder) fold() string {
	for f.next() {
		f.add(f.token, f.kind)
	}
	return strings.TrimSuffix(f.out.String(), ";")
}

// write writes a token with the white space of a usual statement around it.
func (f *folder) write(token string) {
	if f.out.Len() > 0 && f.last != "(" && f.last != "." && strings.Trim(token, "),.;") != "" && (f.space || token[0] != '(') {
		f.out.WriteByte(' ')
	}
	f.out.WriteString(token)
	f.last = token
}

// bracket reads up to the bracket that closes the one before. It reports whether
// there are only values in between. The words for constants are values in a row of
// an INSERT. Elsewhere, reading ends with the first thing that is not a value.
func (t tokens) bracket(row bool) (after tokens, isList bool) {
	values, others := 0, 0
	for depth := 1; depth > 0 && t.next(); {
		switch {
		case t.token == "(":
			depth++
			others++
		case t.token == ")":
			depth--
		case t.token == ",":
		case t.kind == valueToken, row && isConstant(t.token):
			values++
		default:
			others++
		}
		if others > 0 && !row {
			return t, false
		}
	}
	return t, values > 0 && others == 0
}

// isConstant reports whether a word is a value.
func isConstant(word string) bool {
	return slices.ContainsFunc([]string{"NULL", "TRUE", "FALSE", "DEFAULT"}, func(constant string) bool { return strings.EqualFold(word, constant) })
}
