// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"io"
	"os"
)

// Color says when a drawing has ANSI colours.
type Color int

const (
	// ColorAuto means colours on a terminal, unless the environment variable
	// NO_COLOR is set and not empty (https://no-color.org) or TERM is "dumb".
	ColorAuto Color = iota
	// ColorAlways means colours in any case.
	ColorAlways
	// ColorNever means that the text has no escape sequences.
	ColorNever
)

// On reports whether text that is written to w has colours. On Windows it makes the
// console w read escape sequences, and ColorAuto means none in a console that can't.
func (c Color) On(w io.Writer) bool {
	fd, terminal := terminal(w)
	return c.on(terminal) && (!terminal || readEscapes(fd) || c == ColorAlways)
}

func (c Color) on(terminal bool) bool {
	if c == ColorAuto {
		return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return c == ColorAlways
}
