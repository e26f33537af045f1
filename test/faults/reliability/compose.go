// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"slices"
)

const introduction = `<!-- Written by make faults. Don't edit it: edit the tests. -->

# When things go wrong

A library that observes programs must not break them. This page lists what the tests did to programs that use this library, what had to hold, and whether it held. Each line is a test, which fails if the property does not hold. ` + "`make faults`" + ` runs all of them with the race detector, and writes this page from their results. ` + "`make test-reliability`" + ` fails if the page does not list exactly the existing tests.

With **gophercloudtrace** and **otelhttp**, a program sent the same requests through gophercloud or net/http with the library and without it. It had to see the same answers, and errors with the same texts and types, after the same requests. The spans had to have the right results, no span and no goroutine might be left, and signed headers might go only to the cloud. **createserver** is [the example program](../examples/createserver), on a simulated cloud that fails.

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
