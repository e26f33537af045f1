// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"io"

	"golang.org/x/term"
)

// defaultWidth is the width of a drawing that is not made for a terminal.
const defaultWidth = 80

// terminal returns the descriptor of w, or false if w is not a terminal.
func terminal(w io.Writer) (fd uintptr, is bool) {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	return file.Fd(), true
}

// widthOf returns the width of a drawing on w.
func widthOf(w io.Writer) int {
	fd, is := terminal(w)
	if !is {
		return defaultWidth
	}
	width, _, err := term.GetSize(int(fd))
	if err != nil || width <= 0 {
		return defaultWidth
	}
	return width
}
