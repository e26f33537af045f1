// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"slices"
)

const introduction = `<!-- Written by make faults. Don't edit it: edit the tests. -->

# When things go wrong

A library that watches must not break what it watches. This page tells what was done to programs that use this one, what had to hold, and whether it did. Each line is a test, which fails without the property; ` + "`make faults`" + ` runs all of them, under the race detector, and writes this page from what they say; ` + "`make test`" + ` fails where the page tells of other tests than there are.

With **gophercloudtrace** and **otelhttp**, a program sent the same requests through gophercloud or net/http with the library and without: it had to see the same answers and errors, down to the type of each, after the same requests. Besides, the spans had to say what happened, none might stay open, no goroutine might be left, and signed headers might go to the cloud only. **createserver** is [the example program](../examples/createserver), on a simulated cloud that fails.

`

// compose returns the page.
func compose(documents map[named]document, results map[place][]test) ([]byte, error) {
	var page bytes.Buffer
	page.WriteString(introduction)
	for _, s := range sections {
		fmt.Fprintf(&page, "## %s\n\n", s.title)
		for _, t := range s.tests {
			tests := results[t.place]
			i := slices.IndexFunc(tests, func(ran test) bool { return ran.name == t.name })
			if i < 0 {
				return nil, fmt.Errorf("%s of %s did not run", t.name, t.dir())
			}
			d := documents[t]
			fmt.Fprintf(&page, "[%s](../%s): %s. %s\n\n", t.name, d.file, verdict(tests[i].passed), d.text)
			writeTable(&page, rows(t.name, tests))
		}
	}
	return append(bytes.TrimRight(page.Bytes(), "\n"), '\n'), nil
}
