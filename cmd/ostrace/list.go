// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/internal/safejson"
	"github.com/ostrace/ostrace/points"
)

// list is the command line of ostrace list.
type list struct {
	*program
	limit        int
	since        moment
	minDuration  period
	slowest      bool
	long, errors bool
	services     []string
	json         bool
	output       string
}

func newListCommand(p *program) *cobra.Command {
	l := list{program: p}
	command := &cobra.Command{
		Use:   "list",
		Short: "List the traces that the store holds, the newest first",
		Long: `List the traces that the store holds, the newest first. Each has the time (UTC) of
the notification that was stored first, the time from that one to the one that was
stored last, the number of its points, and the operation of the first point, such as
POST /v2.1/servers. The store gives these without reading the traces, so a list of
thousands of large traces takes little time and memory.

--long, --errors and --service read the traces: --long those that are listed, and
the other two as many as are needed to find the rows, the newest first; --since and
--min-duration limit their number. A point failed if the service stored an exception
of it, whether or not the services have filter_error_trace = True.

In a terminal that is too narrow for the rows, ids are cut to a beginning that
"ostrace show" takes as well, and operations are cut at their end.`,
		Example: `  ostrace list
  ostrace list --since 1d --slowest
  ostrace list --min-duration 10s -n 0
  ostrace list --errors --service nova --since 90m
  ostrace list --json`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%s takes no argument such as %q; see %s --help", command.CommandPath(), args[0], command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error { return l.run(command.Context()) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.IntVarP(&l.limit, "limit", "n", 20, "list at most `NUMBER` traces; 0 lists all")
	flags.Var(&l.since, "since", "list only traces that began `SINCE` a duration ago, such as 90m, 1d or 2w, or since a time in UTC, such as 2026-11-20T06:00")
	flags.Var(&l.minDuration, "min-duration", "list only traces that took at least this `DURATION`, such as 500ms")
	flags.BoolVar(&l.slowest, "slowest", false, "list the traces that took longest first, instead of the newest")
	flags.BoolVarP(&l.long, "long", "l", false, "read each trace that is listed, and list its services and the number of its points that failed")
	flags.BoolVar(&l.errors, "errors", false, "list only traces in which a point failed")
	flags.StringSliceVar(&l.services, "service", nil, "list only traces with a service that has `NAME` in its name")
	flags.BoolVar(&l.json, "json", false, "print a JSON array of objects with base_id, timestamp, duration_ms, points, notifications and operation; where the traces are read, also services and errors")
	flags.StringVarP(&l.output, "output", "o", "", "write to `FILE`; it is written whole or not at all; - is standard output")
	_ = command.MarkFlagFilename("output") // the flag exists
	return command
}

func (l *list) run(ctx context.Context) error {
	if l.limit < 0 {
		return errors.New("--limit must be a number of traces, or 0 for all")
	}
	s, err := l.openStore()
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // it was only read
	rows, more, err := l.rows(ctx, s)
	if err != nil {
		return err
	}
	err = writeOutput(ctx, l.output, l.out, func(w io.Writer) error {
		if l.json {
			return writeListJSON(w, rows)
		}
		return writeTable(w, rows, l.reads())
	})
	if err == nil && more {
		say(l.err, fmt.Sprintf("there are more traces than these %d: -n 0 lists all", len(rows)))
	}
	return err
}

// candidatesAtOnce is the number of traces that are in memory while traces are
// read to find the rows.
const candidatesAtOnce = 1000

// reads reports whether the traces have to be read, and searches whether that
// is needed to choose the rows.
func (l *list) reads() bool    { return l.long || l.searches() }
func (l *list) searches() bool { return l.errors || len(l.services) > 0 }

// rows returns the rows, and whether there are more of them.
//
// The store yields its traces in no particular order, so each search goes
// through the whole list, and keeps the candidates that come next.
func (l *list) rows(ctx context.Context, s points.Store) (rows []row, more bool, err error) {
	limit, order := l.limit, order(newestFirst)
	if l.slowest {
		order = slowestFirst
	}
	if l.searches() && limit > 0 {
		limit = max(limit, candidatesAtOnce)
	}
	var last *points.TraceSummary // of the candidates before
	for {
		kept := newFirst(order, limit)
		unreadable, err := l.collect(ctx, s, kept, func(t points.TraceSummary) bool {
			return l.match(t) && (last == nil || order(*last, t) < 0)
		})
		if err != nil {
			return nil, false, err
		}
		if last == nil {
			l.say(unreadable.Notes())
		}
		candidates := kept.sorted()
		var left int
		if rows, left, err = l.read(ctx, s, rows, candidates); err != nil {
			return nil, false, err
		}
		if left > 0 || !kept.more || len(rows) == l.limit {
			return rows, left > 0 || kept.more, nil
		}
		last = &candidates[len(candidates)-1]
	}
}

// match reports whether the list can have a trace, by what the store says of
// it. A trace whose time can't be read can have any time.
func (l *list) match(t points.TraceSummary) bool {
	return (t.Timestamp.IsZero() || !t.Timestamp.Before(l.since.Time)) &&
		t.Duration() >= time.Duration(l.minDuration)
}

// read adds rows for the candidates that the list has, until there are as many
// rows as were asked for. It returns the number of candidates that are left.
func (l *list) read(ctx context.Context, s points.Store, rows []row, candidates []points.TraceSummary) (_ []row, left int, err error) {
	progress := newProgress(l.err, "reading the traces", "notifications", unknownTotal)
	defer progress.end()
	for i, t := range candidates {
		if l.limit > 0 && len(rows) == l.limit {
			return rows, len(candidates) - i, nil
		}
		r := row{TraceSummary: t}
		if l.reads() {
			if r.content, err = readContent(ctx, countingStore{s, progress}, t.BaseID); err != nil {
				return nil, 0, err
			}
		}
		if l.has(r) {
			rows = append(rows, r)
		}
	}
	return rows, 0, nil
}

// has reports whether the list has a trace, by what was read of it.
func (l *list) has(r row) bool {
	return (!l.errors || r.errors > 0) && (len(l.services) == 0 || r.hasService(l.services))
}

// hasService reports whether one of the services has one of the texts in its
// name, in upper or lower case, as --service of ostrace show does.
func (c *content) hasService(texts []string) bool {
	for service := range c.services {
		for _, text := range texts {
			if strings.Contains(strings.ToLower(service), strings.ToLower(text)) {
				return true
			}
		}
	}
	return false
}

func writeListJSON(w io.Writer, rows []row) error {
	type trace struct {
		BaseID        string   `json:"base_id"`
		Timestamp     string   `json:"timestamp,omitempty"`
		Duration      *float64 `json:"duration_ms,omitempty"`
		Points        int      `json:"points,omitempty"`
		Notifications int      `json:"notifications,omitempty"`
		Operation     string   `json:"operation,omitempty"`
		Services      []string `json:"services,omitempty"`
		Errors        *int     `json:"errors,omitempty"`
	}
	list := make([]trace, 0, len(rows))
	for _, r := range rows {
		one := trace{BaseID: r.BaseID, Points: r.Points(), Notifications: r.Notifications, Operation: r.Operation}
		if !r.Timestamp.IsZero() {
			one.Timestamp = r.Timestamp.Format(points.TimestampFormat)
		}
		if !r.Newest.IsZero() {
			one.Duration = new(float64(r.Duration().Microseconds()) / 1000)
		}
		if r.content != nil {
			one.Services, one.Errors = slices.Sorted(maps.Keys(r.services)), &r.errors
		}
		list = append(list, one)
	}
	out := json.NewEncoder(safejson.NewWriter(w))
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(list)
}
