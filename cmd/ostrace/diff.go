// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/diff"
	"github.com/ostrace/ostrace/points"
)

// difference is the command line of ostrace diff.
type difference struct {
	*program
	before, after string
	html, json    bool
	output        string
	color         string
}

func newDiffCommand(p *program) *cobra.Command {
	d := difference{program: p}
	command := &cobra.Command{
		Use:   "diff BEFORE AFTER | --before FROM..TO --after FROM..TO",
		Short: "Name what changed between two traces, or between two sets of traces",
		Long: `Name what changed between two traces, or between two sets of traces: which SQL
statement or service became slower, which request makes more calls, what is new and
what is gone. The first line names the change that costs the most time.

BEFORE and AFTER are each a trace, by its id or as a file, or several: a folder of
files, or ids and files with commas between them. --before and --after take the
traces of the store that began in a span of time: 2d..1d is from two days ago to one
day ago, 1d.. is the last day, and 2026-11-20..2026-11-21T06:00 is in UTC.

Calls are compared with calls of the same operation, and the number of calls in a
request with that in other requests of the same operation. So the two sets need not
have the same number of requests. The own time of a call is the time in which none
of the calls below was running.

A difference is noise unless it is above these bounds:

` + diff.Bounds() + `

If the services take longer everywhere, as on a busier machine, only what a service
takes longer than all others is a change.

The exit status is 0 whether or not something has changed; --json has the changes as
a list.`,
		Example: `  ostrace diff before.json after.json
  ostrace diff 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b 0f8a3c1d-2e4b-4a0e-9f0e-5c3f0f9e8a55
  ostrace diff --before 2d..1d --after 1d..
  ostrace diff --before 2d..1d --after 1d.. --html -o diff.html`,
		ValidArgsFunction: p.completeTraces,
		RunE:              d.run,
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&d.before, "before", "", "take the traces of the store that began in `FROM..TO`")
	flags.StringVar(&d.after, "after", "", "compare them with those that began in `FROM..TO`")
	flags.BoolVar(&d.html, "html", false, "write one HTML page with a picture, which needs no network")
	flags.BoolVar(&d.json, "json", false, "print the changes and their places in the tree as JSON")
	flags.StringVarP(&d.output, "output", "o", "", "write to `FILE`; it is written whole or not at all; - is standard output")
	flags.StringVar(&d.color, "color", "auto", "use colours: `WHEN` is auto, always or never")
	command.MarkFlagsMutuallyExclusive("html", "json")
	command.MarkFlagsRequiredTogether("before", "after")
	_ = command.MarkFlagFilename("output") // the flag exists
	_ = command.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

func (d *difference) run(command *cobra.Command, args []string) error {
	color, ok := colors[d.color]
	if !ok {
		return fmt.Errorf("--color must be auto, always or never, not %q", d.color)
	}
	sources, err := d.sources(command, args)
	if err != nil {
		return err
	}
	var sides [2]diff.Side
	for i, name := range []string{"before", "after"} {
		count, err := d.addAll(sources[i], sides[i].Add)
		if err == nil && count == 0 {
			err = fmt.Errorf("%w: there are no traces %s", points.ErrNotFound, name)
		}
		if err != nil {
			return err
		}
	}
	report := diff.Compare(&sides[0], &sides[1])
	return writeOutput(command.Context(), d.output, d.out, func(w io.Writer) error {
		switch {
		case d.json:
			return writeJSON(w, report)
		case d.html:
			return report.WriteHTML(w)
		}
		return report.WriteText(w, color)
	})
}

// sources returns the traces of both sides.
func (d *difference) sources(command *cobra.Command, args []string) (sources [2]iter.Seq2[*points.Trace, error], err error) {
	ctx := command.Context()
	windows := d.before != ""
	switch {
	case windows && len(args) > 0:
		return sources, errors.New("--before and --after take the traces of the store: give either them, or two traces")
	case !windows && len(args) != 2:
		return sources, fmt.Errorf("what is compared with what? give two traces, as ids or files, or --before 2d..1d --after 1d..; see %s --help", command.CommandPath())
	}
	for i, text := range []string{d.before, d.after} {
		if !windows {
			sources[i] = d.traces(ctx, namesOf(args[i]))
			continue
		}
		w, err := parseWindow(text, time.Now())
		if err != nil {
			return sources, err
		}
		sources[i] = d.tracesIn(ctx, w)
	}
	return sources, nil
}

// namesOf splits a list with commas, unless it is the name of a file or a folder.
func namesOf(argument string) []string {
	if _, err := os.Stat(argument); err == nil {
		return []string{argument}
	}
	return strings.Split(argument, ",")
}

// parseWindow reads FROM..TO, FROM.. or ..TO. FROM and TO are as parseMoment reads
// them.
func parseWindow(text string, now time.Time) (w window, err error) {
	from, to, ok := strings.Cut(text, "..")
	if !ok || from == "" && to == "" {
		return w, fmt.Errorf("%q is not a span of time: write 2d..1d, 1d.. or 2026-11-20..2026-11-21T06:00", text)
	}
	if from != "" {
		if w.from, err = parseMoment(from, now); err != nil {
			return w, fmt.Errorf("%q: %w", from, err)
		}
	}
	if to != "" {
		if w.to, err = parseMoment(to, now); err != nil {
			return w, fmt.Errorf("%q: %w", to, err)
		}
	}
	if !w.to.IsZero() && !w.from.Before(w.to) {
		return w, fmt.Errorf("%q ends before it begins", text)
	}
	return w, nil
}
