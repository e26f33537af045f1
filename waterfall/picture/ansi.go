// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strings"
	"unicode"
)

// style is the appearance of a character.
type style struct {
	color int // ANSI's number from 0 to 15, or defaultColor
	bold  bool
	faint bool
}

const defaultColor = -1

// cell is a character of the terminal.
type cell struct {
	char  rune
	style style
}

var escape = regexp.MustCompile("\x1b\\[([0-9;]*)([@-~])")

// parse reads lines of terminal text. It reads colours of the foreground, bold
// and faint, and ignores other escape sequences.
func parse(text string) [][]cell {
	var lines [][]cell
	now := style{color: defaultColor}
	for line := range strings.Lines(text) {
		var cells []cell
		line = strings.TrimRight(line, "\r\n")
		for line != "" {
			at := escape.FindStringSubmatchIndex(line)
			if at == nil {
				at = []int{len(line), len(line), 0, 0, 0, 0}
			}
			for _, r := range line[:at[0]] {
				if !unicode.IsControl(r) {
					cells = append(cells, cell{r, now})
				}
			}
			if line[at[4]:at[5]] == "m" {
				now = now.set(line[at[2]:at[3]])
			}
			line = line[at[1]:]
		}
		lines = append(lines, cells)
	}
	return lines
}

// set applies the parameters of an SGR sequence.
func (s style) set(parameters string) style {
	for p := range strings.SplitSeq(parameters, ";") {
		switch {
		case p == "" || p == "0":
			s = style{color: defaultColor}
		case p == "1":
			s.bold = true
		case p == "2":
			s.faint = true
		case p == "22":
			s.bold, s.faint = false, false
		case p == "39":
			s.color = defaultColor
		case len(p) == 2 && p[0] == '3' && p[1] <= '7':
			s.color = int(p[1] - '0')
		case len(p) == 2 && p[0] == '9' && p[1] <= '7':
			s.color = 8 + int(p[1]-'0')
		}
	}
	return s
}
