// SPDX-License-Identifier: Apache-2.0

// Command picture turns text with ANSI colours, as a program writes it to a
// terminal, into an SVG picture of the terminal. The pictures of the READMEs are
// made with it:
//
//	go run ./picture <drawing.txt >drawing.svg
//
// Each character takes one column. Blocks and box drawings become shapes, so
// that they join and align in any font that the reader's browser has.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	writeSVG(out, parse(string(text)))
	return out.Flush()
}
