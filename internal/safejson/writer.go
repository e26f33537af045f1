// SPDX-License-Identifier: Apache-2.0

// Package safejson writes JSON that is safe to print on a terminal.
package safejson

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer passes JSON on to another writer, with escapes such as \u009b in the
// place of characters that could control a terminal or the direction of its
// text. The JSON keeps its values, because only strings can have such
// characters. Bytes that are not UTF-8 become U+FFFD.
type Writer struct {
	w    io.Writer
	rest []byte // the first bytes of a character
}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write implements [io.Writer]. The error is that of the underlying writer.
func (w *Writer) Write(text []byte) (int, error) {
	written := len(text)
	if len(w.rest) > 0 {
		text = append(w.rest, text...)
		w.rest = nil
	}
	out := text[:0:0]
	done := 0 // the number of bytes that are in out
	for i := 0; i < len(text); {
		if text[i] < 0x7f { // JSON itself does not allow the control characters below
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 && !utf8.FullRune(text[i:]) {
			w.rest = append([]byte{}, text[i:]...)
			text = text[:i]
			break
		}
		if !unicode.IsGraphic(r) || r == utf8.RuneError && size == 1 {
			out = appendEscape(append(out, text[done:i]...), r)
			done = i + size
		}
		i += size
	}
	if done > 0 {
		text = append(out, text[done:]...)
	}
	if _, err := w.w.Write(text); err != nil {
		return 0, err
	}
	return written, nil
}

func appendEscape(to []byte, r rune) []byte {
	if first, second := utf16.EncodeRune(r); first != utf8.RuneError {
		return fmt.Appendf(to, `\u%04x\u%04x`, first, second)
	}
	return fmt.Appendf(to, `\u%04x`, r)
}
