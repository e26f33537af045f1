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
	_ = lines.Write([]string{"run", "command", "cpu_s", "max_rss_bytes", "wall_s", "requests"})
	for _, r := range results {
		_ = lines.Write([]string{
			strconv.Itoa(r.run), r.command, fmt.Sprintf("%.6f", r.usage.cpu.Seconds()), strconv.FormatInt(r.usage.memory, 10),
			fmt.Sprintf("%.6f", r.usage.wall.Seconds()), strconv.Itoa(r.requests),
		})
	}
	lines.Flush()
	return lines.Error() // also the error of the calls above
}

// column is one side of a comparison: a command, or two commands, one after the
// other.
type column struct {
	name     string
	commands []string
}

var columns = []column{
	{"`" + goCreate + "`", []string{goCreate}},
	{"`" + pythonCreate + "`", []string{pythonCreate}},
	{"`" + goBoth + "`, which deletes it too", []string{goBoth}},
	{"`" + pythonCreate + "`, then `" + pythonDelete + "`", []string{pythonCreate, pythonDelete}},
}

// rows are the rows of the table. Each has a value for the commands of a run.
var rows = []struct {
	name, format string
	of           func([]result) float64
}{
	{"processor time, s", "%.3f", func(run []result) float64 {
		return sum(run, func(r result) float64 { return r.usage.cpu.Seconds() })
	}},
	{"peak memory, MB", "%.1f", func(run []result) float64 {
		most := 0.0
		for _, r := range run {
			most = max(most, float64(r.usage.memory)/1e6)
		}
		return most
	}},
	{"wall time, s", "%.2f", func(run []result) float64 {
		return sum(run, func(r result) float64 { return r.usage.wall.Seconds() })
	}},
	{"requests that the services traced", "%.0f", func(run []result) float64 {
		return sum(run, func(r result) float64 { return float64(r.requests) })
	}},
}

func sum(run []result, of func(result) float64) float64 {
	total := 0.0
	for _, r := range run {
		total += of(r)
	}
	return total
}

// writeMarkdown writes the table of medians.
func writeMarkdown(w io.Writer, results []result, runs int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "| median of %d runs |", runs)
	for _, c := range columns {
		fmt.Fprintf(&b, " %s |", c.name)
	}
	fmt.Fprintf(&b, "\n|%s\n", strings.Repeat(" --- |", 1+len(columns)))
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row.name)
		for _, c := range columns {
			fmt.Fprintf(&b, " "+row.format+" |", median(c.values(results, row.of)))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nEach creates one server of the same image, flavor and network on the same cloud, traced with its key, and waits until it is ACTIVE. " +
		"The wall time depends mostly on the cloud, and on how often each looks at the server: createserver after 0.1 s and then less and less often, up to every 2 s, the openstack command every few seconds. " +
		"No service traces requests for version documents. Every run is in [cli.csv](cli.csv).\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// values returns the value of a row for each run.
func (c column) values(results []result, of func([]result) float64) []float64 {
	byRun := map[int][]result{}
	for _, r := range results {
		if slices.Contains(c.commands, r.command) {
			byRun[r.run] = append(byRun[r.run], r)
		}
	}
	var values []float64
	for _, run := range byRun {
		values = append(values, of(run))
	}
	return values
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
