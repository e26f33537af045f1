// SPDX-License-Identifier: Apache-2.0

package waterfall

import "strings"

// noteMark is written before a note, here and on the page. It is as wide as indent.
const noteMark = "⚠ "

// notes writes the notes, below the title.
func (p *picture) notes(list []string) {
	for _, note := range list {
		p.pen.text(bold, noteMark)
		for word := range strings.FieldsSeq(note) {
			word = clean(word, p.pen.width)
			if p.pen.column > indent && p.pen.column+columns(word) > p.pen.width {
				p.pen.newline()
				p.pen.move(indent)
			}
			p.pen.text(plain, word)
			p.pen.move(p.pen.column + 1)
		}
		p.pen.newline()
	}
	if len(list) > 0 {
		p.pen.newline()
	}
}
