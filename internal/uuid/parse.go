// SPDX-License-Identifier: Apache-2.0

package uuid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a UUID as Python's uuid.UUID does: hyphens, braces and urn:uuid: are
// left out, and the rest must have 32 characters and be a number that int(…, 16)
// reads. It reports false for any other text.
func Parse(s string) (id UUID, ok bool) {
	if id, ok = parsePlain(s); ok {
		return id, true
	}
	id = UUID{}
	if strings.Contains(s, ":") {
		s = strings.ReplaceAll(s, "urn:", "")
		s = strings.ReplaceAll(s, "uuid:", "")
	}
	s = strings.Trim(s, "{}")
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == '-' {
			continue
		}
		digit, ok := HexDigit(c)
		if !ok {
			return parseInteger(strings.ReplaceAll(s, "-", ""))
		}
		if n == 32 {
			return id, false
		}
		id[n/2] = id[n/2]<<4 | digit
		n++
	}
	return id, n == 32
}

// parsePlain reads a UUID with its hyphens and nothing around it, which nearly all
// are.
func parsePlain(s string) (id UUID, ok bool) {
	if len(s) != Len || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	for i, at := range digitsAt {
		high, low := hexDigits[s[at]], hexDigits[s[at+1]]
		if high|low > 0xf {
			return id, false
		}
		id[i] = high<<4 | low
	}
	return id, true
}

// hexDigits are the values of the hex digits, and 0xff for every other byte.
var hexDigits = func() (values [256]byte) {
	for i := range values {
		values[i] = 0xff
		if digit, ok := HexDigit(byte(i)); ok {
			values[i] = digit
		}
	}
	return values
}()

// HexDigit returns the value of a hexadecimal digit in upper or lower case. It
// reports false for any other character.
func HexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// parseInteger reads 32 characters that are not all hex digits, as int(…, 16)
// of Python does (Objects/longobject.c, PyLong_FromUnicodeObject): white space
// around, a plus sign, 0x, single underscores between digits, and any of
// Unicode's decimal digits.
func parseInteger(s string) (id UUID, ok bool) {
	if len(s) > 32*utf8.UTFMax || utf8.RuneCountInString(s) != 32 {
		return id, false
	}
	var buffer [32]byte
	text := string(appendASCII(buffer[:0], s))
	text = strings.Trim(text, " \t\n\v\f\r")
	text = strings.TrimPrefix(text, "+")
	if behind, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		text = strings.TrimPrefix(behind, "_")
	}
	var digits [32]byte
	n, after := 0, byte('_')
	for i := range len(text) {
		c := text[i]
		if c == '_' && after != '_' {
			after = c
			continue
		}
		digit, ok := HexDigit(c)
		if !ok {
			return id, false
		}
		digits[n], after = digit, c
		n++
	}
	if after == '_' {
		return id, false
	}
	for i := range n {
		at := 32 - n + i
		id[at/2] |= digits[i] << (4 * (1 - at%2))
	}
	return id, true
}

// appendASCII appends s with decimal digits of any script as 0 to 9, and white
// space outside ASCII as spaces. Anything else outside ASCII becomes a question
// mark, which is not a part of a number.
func appendASCII(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r < 0x7f:
			b = append(b, byte(r))
		case unicode.IsSpace(r):
			b = append(b, ' ')
		default:
			b = append(b, decimal(r))
		}
	}
	return b
}

// decimal returns the digit that r is, or a question mark. Unicode has decimal
// digits in runs from zero to nine.
func decimal(r rune) byte {
	for _, run := range unicode.Nd.R16 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte('0' + (r-rune(run.Lo))%10)
		}
	}
	for _, run := range unicode.Nd.R32 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte('0' + (r-rune(run.Lo))%10)
		}
	}
	return '?'
}
