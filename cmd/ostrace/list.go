// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/internal/safejson"
	"github.com/ostrace/ostrace/points"
)

// list is the command line of ostrace list.
type list struct {
	*program
	errors bool
	since  time.Duration
	json   bool
	output string
}

func newListCommand(p *program) *cobra.Command {
	l := list{program: p}
	command := &cobra.Command{
		Use:   "list",
		Short: "List the traces that the store holds, the newest first",
		Long: `List the traces that the store holds, the newest first. Each has the time of its
first notification (UTC) and the number of its notifications, which is two for
each point.

--errors lists the traces in which something failed. Redis, MongoDB and
Elasticsearch know them only where the services have filter_error_trace = True in
their section [profiler].`,
		Example: `  ostrace list
  ostrace list --errors --since 1h
  ostrace list --json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return l.run(command) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.BoolVar(&l.errors, "errors", false, "list only traces in which something failed")
	flags.DurationVar(&l.since, "since", 0, "list only traces that are not older than this `DURATION`, such as 1h")
	flags.BoolVar(&l.json, "json", false, "print a JSON array of objects with base_id, timestamp and notifications")
	flags.StringVarP(&l.output, "output", "o", "", "write to `FILE`; it is written whole or not at all; - is standard output")
	_ = command.MarkFlagFilename("output") // the flag exists
	return command
}

func (l *list) run(command *cobra.Command) error {
	if l.since < 0 {
		return errors.New("--since must be a positive duration such as 1h")
	}
	s, err := l.openStore()
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // it was only read
	filter := points.AllTraces
	if l.errors {
		filter = points.ErrorTraces
	}
	progress := newProgress(l.err, "listing", "traces", unknownTotal)
	defer progress.end()
	var traces []points.TraceSummary
	var unreadable points.Defects
	for summary, err := range s.List(command.Context(), filter) {
		switch {
		case errors.Is(err, points.ErrUnreadable):
			unreadable.Unreadable++
			unreadable.FirstUnreadable = cmp.Or(unreadable.FirstUnreadable, err)
			if summary.BaseID != "" { // the trace exists, but its time is not known
				traces = append(traces, summary)
			}
			continue
		case err != nil:
			return err
		}
		progress.add(1)
		if l.since == 0 || time.Since(summary.Timestamp) <= l.since {
			traces = append(traces, summary)
		}
	}
	progress.end()
	for _, note := range unreadable.Notes() {
		say(l.err, note)
	}
	slices.SortFunc(traces, newestFirst)
	return writeOutput(command.Context(), l.output, l.out, func(w io.Writer) error {
		if l.json {
			return writeListJSON(w, traces)
		}
		return writeTable(w, traces)
	})
}

func newestFirst(a, b points.TraceSummary) int {
	return cmp.Or(b.Timestamp.Compare(a.Timestamp), cmp.Compare(a.BaseID, b.BaseID))
}

func writeTable(w io.Writer, traces []points.TraceSummary) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BASE_ID\tTIMESTAMP\tNOTIFICATIONS")
	for _, t := range traces {
		at, notifications := "", ""
		if !t.Timestamp.IsZero() {
			at = t.Timestamp.Format("2006-01-02T15:04:05")
		}
		if t.Notifications > 0 {
			notifications = strconv.Itoa(t.Notifications)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", printable(t.BaseID), at, notifications)
	}
	return table.Flush()
}

// printable returns an id as one word. Most ids are UUIDs, but the holder of a
// key can sign any text.
func printable(id string) string {
	quoted := strconv.QuoteToGraphic(id)
	if quoted == `"`+id+`"` && id != "" {
		return id
	}
	return quoted
}

func writeListJSON(w io.Writer, traces []points.TraceSummary) error {
	type trace struct {
		BaseID        string `json:"base_id"`
		Timestamp     string `json:"timestamp,omitempty"`
		Notifications int    `json:"notifications,omitempty"`
	}
	list := make([]trace, 0, len(traces))
	for _, t := range traces {
		one := trace{BaseID: t.BaseID, Notifications: t.Notifications}
		if !t.Timestamp.IsZero() {
			one.Timestamp = t.Timestamp.Format(points.TimestampFormat)
		}
		list = append(list, one)
	}
	out := json.NewEncoder(safejson.NewWriter(w))
	out.SetIndent("", "  ")
	return out.Encode(list)
}
