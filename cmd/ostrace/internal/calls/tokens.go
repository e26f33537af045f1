// SPDX-License-Identifier: Apache-2.0

package calls

import (
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	wordToken  tokenKind = iota // a word or a name
	valueToken                  // "?"
	signToken                   // anything else
)

// tokens reads the tokens of a statement.
type tokens struct {
	rest  string
	token string
	kind  tokenKind
	space bool // white space was before the token
}

// next reads a token, and reports whether there was one.
func (t *tokens) next() bool {
	t.space = false
	for {
		before := len(t.rest)
		t.rest = strings.TrimLeft(t.rest, " \t\r\n\f\v")
		switch {
		case strings.HasPrefix(t.rest, "--"), strings.HasPrefix(t.rest, "#") && !strings.HasPrefix(t.rest, "#>"):
			_, t.rest, _ = strings.Cut(t.rest, "\n")
		case strings.HasPrefix(t.rest, "/*"):
			_, t.rest, _ = strings.Cut(t.rest[2:], "*/")
		}
		if len(t.rest) == before {
			break
		}
		t.space = true
	}
	if t.rest == "" {
		return false
	}
	t.kind = signToken
	switch c := t.rest[0]; {
	case c == '\'':
		t.take(quoted(t.rest, c), valueToken)
	case c == '"' || c == '`':
		t.take(quoted(t.rest, c), wordToken)
	case isDigit(c):
		t.take(wordLength(t.rest, true), valueToken)
	case isWord(t.rest):
		length := wordLength(t.rest, false)
		if length == 1 && len(t.rest) > 1 && t.rest[1] == '\'' && strings.IndexByte("xXbBnNeE", c) >= 0 {
			length = 1 + quoted(t.rest[1:], '\'') // such as x'00ff'
			t.take(length, valueToken)
			break
		}
		t.take(length, wordToken)
	default:
		if length := placeholder(t.rest); length > 0 {
			t.take(length, valueToken)
			break
		}
		_, size := utf8.DecodeRuneInString(t.rest)
		for _, sign := range [...]string{"<=", ">=", "<>", "!=", "||", "::"} {
			if strings.HasPrefix(t.rest, sign) {
				size = len(sign)
			}
		}
		t.take(size, signToken)
	}
	return true
}

func (t *tokens) take(length int, kind tokenKind) {
	t.token, t.rest, t.kind = t.rest[:length], t.rest[length:], kind
	if kind == valueToken {
		t.token = "?"
	}
}

// quoted returns the length of a text in quotation marks. A quotation mark inside
// is doubled or, in a string, has a backslash before it.
func quoted(s string, mark byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && mark == '\'':
			i++
		case s[i] == mark && i+1 < len(s) && s[i+1] == mark:
			i++
		case s[i] == mark:
			return i + 1
		}
	}
	return len(s)
}

// placeholder returns the length of a placeholder of one of Python's styles
// (PEP 249, paramstyle) or of PostgreSQL, or 0.
func placeholder(s string) int {
	switch {
	case s[0] == '?':
		return 1
	case strings.HasPrefix(s, "%("):
		if end := strings.IndexByte(s, ')'); end > 0 && strings.HasPrefix(s[end:], ")s") {
			return end + len(")s")
		}
	case strings.HasPrefix(s, "%s"):
		return len("%s")
	case (s[0] == ':' || s[0] == '$') && len(s) > 1 && isWord(s[1:]) || s[0] == '$' && len(s) > 1 && isDigit(s[1]):
		return 1 + wordLength(s[1:], false)
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord reports whether a word or a name begins here.
func isWord(s string) bool {
	c := s[0]
	return c == '_' || c == '@' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= utf8.RuneSelf
}

// wordLength returns the length of a word or, with its point and its exponent,
// of a number.
func wordLength(s string, number bool) int {
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c), isWord(s[i:]), c == '$':
		case number && c == '.':
		case number && (c == '+' || c == '-') && i > 0 && s[i-1]|0x20 == 'e' && !strings.HasPrefix(s, "0x"):
		default:
			return max(i, 1)
		}
	}
	return len(s)
}
