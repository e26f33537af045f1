// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// writeCSV writes one line for each command of each run.
func writeCSV(w io.Writer, results []result) error {
	lines := csv.NewWriter(w)
	_ = lines.Write([]string{"run", "work", "way", "whole_s", "command_s", "proxy_max_rss_bytes"})
	for _, r := range results {
		_ = lines.Write([]string{
			strconv.Itoa(r.run), r.work, r.way,
			fmt.Sprintf("%.6f", r.whole.Seconds()), fmt.Sprintf("%.6f", r.command.Seconds()), strconv.FormatInt(r.memory, 10),
		})
	}
	lines.Flush()
	return lines.Error() // this includes errors of the writes above
}

// writeMarkdown writes the tables of medians.
func writeMarkdown(w io.Writer, results []result, runs int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# What `ostrace exec` costs\n\n"+
		"`make compare-exec` wrote this page. It ran each command alone, with `ostrace exec` without a key, with `ostrace exec` with a key and a store, "+
		"and with mitmproxy's `mitmdump`, which only forwards and does not hold large bodies back. "+
		"The tables have the medians of %d runs, after one run that is left out. "+
		"Clients, proxies and the cloud share one machine with two cores. [exec.csv](exec.csv) has every run.\n", runs)
	section(&b, "While the command runs", "The server answers at once, behind TLS and HTTP/2. The numbers of requests and bytes are divided by the time during which the command itself runs.",
		results, func(work work) bool { return work.amount > 0 }, func(work work, r result) (string, float64) {
			return work.name + ", " + work.unit, work.amount / r.command.Seconds()
		})
	section(&b, "The memory of the proxy", "The table has the most memory that the proxy has had when the command has ended, in MB. The proxy keeps the spans of a run until they are drawn.",
		results, func(work work) bool { return work.amount > 0 }, func(work work, r result) (string, float64) {
			return work.name, float64(r.memory) / 1e6
		})
	section(&b, "From start to end", "The table has the time that a command takes on the real OpenStack, in seconds. It includes the work of `ostrace exec` before and after the command: "+
		"with a store, it waits until the services have not stored new points for a second. mitmdump is started before the command and stopped after it, and the table leaves out that time.",
		results, func(work work) bool { return work.amount == 0 }, func(work work, r result) (string, float64) {
			return "`" + work.name + "`", r.whole.Seconds()
		})
	_, err := io.WriteString(w, b.String())
	return err
}

// section writes a table with a row for each work for which about reports true.
func section(b *strings.Builder, title, text string, results []result, about func(work) bool, of func(work, result) (string, float64)) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| |", title, text)
	for _, way := range ways {
		fmt.Fprintf(b, " %s |", way)
	}
	fmt.Fprintf(b, "\n| --- |%s\n", strings.Repeat(" ---: |", len(ways)))
	for _, work := range works {
		if !about(work) {
			continue
		}
		name, _ := of(work, result{})
		fmt.Fprintf(b, "| %s |", name)
		for _, way := range ways {
			var values []float64
			for _, r := range results {
				if r.work == work.name && r.way == way {
					_, value := of(work, r)
					values = append(values, value)
				}
			}
			fmt.Fprintf(b, " %s |", number(median(values)))
		}
		b.WriteString("\n")
	}
}

// number writes a value with at least three digits. It writes nothing for 0.
func number(value float64) string {
	switch {
	case value == 0:
		return ""
	case value < 10:
		return fmt.Sprintf("%.2f", value)
	case value < 100:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.0f", value)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	switch {
	case len(sorted) == 0:
		return 0
	case len(sorted)%2 == 1:
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
