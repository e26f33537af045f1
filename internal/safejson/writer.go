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

// Writer writes JSON on with escapes, such as \u009b, in the place of characters
// that could steer a terminal or the direction of its text. It stands for the same
// values: only texts can have such characters. Bytes that are not UTF-8 become
// U+FFFD.
type Writer struct {
	w    io.Writer
	rest []byte // the beginning of a character
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write implements [io.Writer]. The error is that of the writer behind it.
func (w *Writer) Write(text []byte) (int, error) {
	written := len(text)
	if len(w.rest) > 0 {
		text = append(w.rest, text...)
		w.rest = nil
	}
	out := text[:0:0]
	done := 0 // what is in out
	for i := 0; i < len(text); {
		if text[i] < 0x7f { // control characters below are for JSON to escape
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
