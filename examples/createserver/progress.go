// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress shows on standard error for what the program is waiting. On a
// terminal it writes one line again and again. Elsewhere it writes nothing.
type progress struct {
	w        io.Writer
	terminal bool
	shown    bool
}

func newProgress(w io.Writer) *progress {
	file, ok := w.(*os.File)
	return &progress{w: w, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// say writes a line that stays.
func (p *progress) say(format string, args ...any) {
	p.done()
	fmt.Fprintf(p.w, "createserver: "+format+"\n", args...)
}

// show replaces the line that was shown before.
func (p *progress) show(format string, args ...any) {
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K"+format, args...)
		p.shown = true
	}
}

// done removes the line.
func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
