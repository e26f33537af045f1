// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// report is the program's report.
type report struct {
	samples   []sample
	modes     []string
	rounds    int
	passes    int
	seed      uint64
	simulated bool
}

// write writes the files to a folder, or nothing where it is empty.
func (r report) write(folder string) error {
	if folder == "" {
		return nil
	}
	for name, content := range map[string]func(io.Writer) error{
		"perftest.csv": func(w io.Writer) error { return writeCSV(w, r.samples) },
		"perftest.md":  r.page,
		"perftest.svg": r.plot,
	} {
		if err := writeFile(filepath.Join(folder, name), content); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, content func(io.Writer) error) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffered := bufio.NewWriter(file)
	if err := content(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// page writes the results in Markdown.
func (r report) page(w io.Writer) error {
	cloud := "a real cloud"
	if r.simulated {
		cloud = "the simulated cloud, which shows nothing about a real one (its own processor time is in the client's)"
	}
	fmt.Fprintf(w, "Measured by `perftest` on %s: %d rounds of %d × %d list calls a scenario, seed %d; %s, %s/%s, %d processors.\n\n",
		cloud, r.rounds, r.passes, len(listCalls), r.seed, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if err := r.tables(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n![How much longer it took in each round](perftest.svg)\n\nEach scenario's times are in [perftest.csv](perftest.csv).\n")
	return err
}

// tables writes the tables, and how to read them.
func (r report) tables(w io.Writer) error {
	b := bufio.NewWriter(w)
	results := newResults(r.samples)
	fmt.Fprintf(b, "| median of %d rounds (95 %% interval) | %s |\n|%s\n", r.rounds, strings.Join(r.modes, " | "), strings.Repeat(" --- |", 1+len(r.modes)))
	for _, m := range measures {
		fmt.Fprintf(b, "| %s |", m.name)
		for _, mode := range r.modes {
			e := estimateOf(m.values(results[mode]))
			fmt.Fprintf(b, " "+m.format+" ("+m.format+" to "+m.format+") |", e.median, e.low, e.high)
		}
		b.WriteString("\n")
	}

	b.WriteString("\n| how much longer, in % of the second (95 % interval) |")
	for _, p := range pairs {
		fmt.Fprintf(b, " %s |", p)
	}
	fmt.Fprintf(b, "\n|%s\n", strings.Repeat(" --- |", 1+len(pairs)))
	for _, c := range comparisons {
		fmt.Fprintf(b, "| %s |", c.name)
		for _, p := range pairs {
			e := estimateOf(results.compare(c, p))
			fmt.Fprintf(b, " %+.2f (%+.2f to %+.2f) |", e.median, e.low, e.high)
		}
		b.WriteString("\n")
	}
	b.WriteString(`
"w3c" and "unknown-key" against "none" show what the library and OpenTelemetry's SDK cost the program. "traced" against "unknown-key" shows what OSProfiler costs the cloud, because the program does the same in both.

Each round compares its own scenarios with each other. An interval that holds 0 means that no difference was found; a difference beyond the interval's ends is unlikely. The whole scenario shows only large differences, because most of its time is waiting for a server. List calls show smaller ones: the modes take turns at each list call, and each call is compared with the same call of the same turn. The client's share shows the smallest ones. It is the processor time that a mode adds to a list call, in percent of the time that the call takes.
`)
	if r.rounds < 10 {
		b.WriteString("\nWith fewer than ten rounds, the intervals are narrower than they should be.\n")
	}
	return b.Flush()
}
