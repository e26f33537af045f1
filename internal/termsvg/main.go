// SPDX-License-Identifier: Apache-2.0

// Command termsvg turns terminal text with ANSI colours into an SVG picture of
// a terminal, for the README:
//
//	createserver --color | termsvg >createserver.svg
//
// Each character takes one column. Blocks and box drawings become shapes, so
// that they join and align in whatever font the reader's browser has.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "termsvg:", err)
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
