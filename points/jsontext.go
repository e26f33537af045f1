// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// The functions in this file take JSON that is known to be valid. A large trace
// has megabytes of small objects. A few of their members are read, and the rest
// is written unchanged; package encoding/json would check each of them again
// and again.

// members yields the members of an object, in their order. It yields nothing
// for a value that is not an object.
func members(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		i := skipSpace(object, 0)
		if i == len(object) || object[i] != '{' {
			return
		}
		for i = skipSpace(object, i+1); i < len(object) && object[i] == '"'; i = skipSpace(object, i+1) {
			key := object[i:stringEnd(object, i)]
			begin := skipSpace(object, skipSpace(object, i+len(key))+1)
			end := valueEnd(object, begin)
			if end == begin || !yield(unquote(key), object[begin:end:end]) {
				return
			}
			if i = skipSpace(object, end); i == len(object) {
				return
			}
		}
	}
}

// member returns a member's value: the last one if the object has the member
// several times, and nil if it does not have it.
func member(object []byte, name string) (value json.RawMessage) {
	for key, v := range members(object) {
		if string(key) == name {
			value = v
		}
	}
	return value
}

// unquote returns the text that a JSON string stands for.
func unquote(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) && len(quoted) >= 2 {
		return quoted[1 : len(quoted)-1]
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // it is valid
	return []byte(text)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return min(i, len(b))
}

// stringEnd returns the index behind the string that begins at i. It looks at each
// byte once or twice, however many escapes there are.
func stringEnd(b []byte, i int) int {
	quote := i // the next quotation mark, once it is behind i
	for i++; i < len(b); {
		if quote < i {
			found := bytes.IndexByte(b[i:], '"')
			if found < 0 {
				break
			}
			quote = i + found
		}
		escape := bytes.IndexByte(b[i:quote], '\\')
		if escape < 0 {
			return quote + 1
		}
		i += escape + 2
	}
	return len(b)
}

// valueEnd returns the index behind the value that begins at i.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']', ',':
			if depth == 0 {
				return i
			}
			if b[i] != ',' {
				depth--
			}
			i++
		case ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			i++
		default:
			i++
			continue
		}
		if depth == 0 {
			return i
		}
	}
	return len(b)
}

// appendIndented appends the value as [json.Indent] does.
func appendIndented(to, value []byte, depth int) []byte {
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case '"':
			end := stringEnd(value, i)
			to = append(to, value[i:end]...)
			i = end
			continue
		case '{', '[':
			to = append(to, c)
			next := skipSpace(value, i+1)
			if next < len(value) && (value[next] == '}' || value[next] == ']') {
				to = append(to, value[next])
				i = next
			} else {
				depth++
				to = appendNewline(to, depth)
			}
		case '}', ']':
			depth--
			to = appendNewline(to, depth)
			to = append(to, c)
		case ',':
			to = append(to, c)
			to = appendNewline(to, depth)
		case ':':
			to = append(to, ": "...)
		case ' ', '\n', '\t', '\r':
		default:
			to = append(to, c)
		}
		i++
	}
	return to
}

func appendNewline(to []byte, depth int) []byte {
	const blanks = "                                "
	to = append(to, '\n')
	for left := 2 * depth; left > 0; left -= len(blanks) {
		to = append(to, blanks[:min(left, len(blanks))]...)
	}
	return to
}
