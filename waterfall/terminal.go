// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"io"

	"golang.org/x/term"
)

// defaultWidth is the width of a drawing that is not made for a terminal.
const defaultWidth = 80

// terminal returns whether w is a terminal, and the width of a drawing on it.
func terminal(w io.Writer) (width int, is bool) {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return defaultWidth, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = defaultWidth
	}
	return width, true
}
