// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	statistics "github.com/ostrace/ostrace/cmd/ostrace/internal/stats"
	"github.com/ostrace/ostrace/internal/safejson"
	"github.com/ostrace/ostrace/points"
)

// stats is the command line of ostrace stats.
type stats struct {
	*program
	since  moment
	limit  int
	json   bool
	output string
	color  string
}

func newStatsCommand(p *program) *cobra.Command {
	s := stats{program: p}
	command := &cobra.Command{
		Use:   "stats ID|FILE|FOLDER... | --since SINCE",
		Short: "Add up SQL statements, HTTP routes, RPC methods and services",
		Long: `Add up the calls of traces: by SQL statement, by the route of HTTP requests, by RPC
method and by service. The traces are given by their ids, as files or as folders of
files, or --since takes those of the store.

calls       the number of calls; for a service, of calls from elsewhere
total       the time in the calls; a call inside another call of the same row is
            not counted twice
self        the part of the time in which no call below was running
p50, p95    half, and 95 of 100, of the calls took at most this time, with an error
            of at most 1 percent
max         the longest call

Statements are equal if they differ only in their values: numbers, strings and
placeholders become "?", and so does a whole list. Ids in routes become {id}. A
statement that one request sent ten times or more is named at the top. The rows are
in the order of their total time, and the services in that of their self time.`,
		Example: `  ostrace stats 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b
  ostrace stats --since 1h
  ostrace stats --since 1d --limit 3
  ostrace stats --json trace.json | jq '.statements[0]'`,
		ValidArgsFunction: p.completeTraces,
		RunE:              s.run,
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(&s.since, "since", "take the traces of the store that began after `SINCE`: a duration ago, such as 90m or 2d, or a time in UTC, such as 2026-11-20T06:00")
	flags.IntVarP(&s.limit, "limit", "n", 10, "show at most `N` rows of each table; 0 means all")
	flags.BoolVar(&s.json, "json", false, "print all rows as JSON, with times in milliseconds")
	flags.StringVarP(&s.output, "output", "o", "", "write to `FILE`; it is written whole or not at all; - is standard output")
	flags.StringVar(&s.color, "color", "auto", "use colours: `WHEN` is auto, always or never")
	_ = command.MarkFlagFilename("output") // the flag exists
	_ = command.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

func (s *stats) run(command *cobra.Command, args []string) error {
	color, ok := colors[s.color]
	switch {
	case !ok:
		return fmt.Errorf("--color must be auto, always or never, not %q", s.color)
	case s.limit < 0:
		return errors.New("--limit must be 0 or a positive number")
	case len(args) > 0 && !s.since.IsZero():
		return errors.New("--since takes the traces of the store: give either --since, or ids and files")
	case len(args) == 0 && s.since.IsZero():
		return fmt.Errorf("which traces? give their ids or files, or --since 1h; see %s --help", command.CommandPath())
	}
	ctx := command.Context()
	traces := s.traces(ctx, args)
	if !s.since.IsZero() {
		traces = s.tracesIn(ctx, window{from: s.since.Time})
	}
	var sums statistics.Stats
	count, err := s.addAll(traces, sums.Add)
	switch {
	case err != nil:
		return err
	case count == 0 && len(args) > 0:
		return fmt.Errorf("%w: there are no files in the folder", points.ErrNotFound)
	case count == 0:
		return fmt.Errorf("%w: there are no traces since then", points.ErrNotFound)
	}
	report := sums.Report()
	return writeOutput(ctx, s.output, s.out, func(w io.Writer) error {
		if s.json {
			return writeJSON(w, report)
		}
		return report.WriteText(w, statistics.TextOptions{Limit: s.limit, Color: color})
	})
}

// writeJSON writes a report that people can read too.
func writeJSON(w io.Writer, report any) error {
	out := json.NewEncoder(safejson.NewWriter(w))
	out.SetIndent("", "  ")
	return out.Encode(report)
}
