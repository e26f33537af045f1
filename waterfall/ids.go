// SPDX-License-Identifier: Apache-2.0

package waterfall

import "strings"

// shorten returns name with "{id}" for each segment of a path that is a UUID
// or 32 hexadecimal digits, and kind, in which it also stands for numbers.
func shorten(name string) (short, kind string) {
	short = replaceSegments(name, isUUID)
	return short, replaceSegments(short, isNumber)
}

// replaceSegments puts "{id}" in place of what follows a slash and is an id.
func replaceSegments(s string, isID func(segment string) bool) string {
	var b strings.Builder
	done := 0
	for at := 0; ; {
		slash := strings.IndexByte(s[at:], '/')
		if slash < 0 {
			break
		}
		at += slash + 1
		end := len(s)
		if n := strings.IndexAny(s[at:], "/?# "); n >= 0 {
			end = at + n
		}
		if isID(s[at:end]) {
			b.WriteString(s[done:at])
			b.WriteString("{id}")
			done = end
		}
		at = end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func isUUID(s string) bool {
	if len(s) != 32 && len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		hyphen := len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23)
		switch {
		case hyphen != (c == '-'):
			return false
		case hyphen, '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'f':
		default:
			return false
		}
	}
	return true
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
