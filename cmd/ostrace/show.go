// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/internal/safejson"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// show is the command line of ostrace show.
type show struct {
	*program
	html, json, dot, otlpJSON bool
	output                    string
	color                     string
	withoutStrangers          bool
	tree                      waterfall.Options
}

var filterFlags = []string{"service", "name", "min-duration", "unfold"}

func newShowCommand(p *program) *cobra.Command {
	s := show{program: p}
	command := &cobra.Command{
		Use:   "show ID|FILE",
		Short: "Show a trace as a tree, an HTML page, JSON or DOT",
		Long: `Show a trace: as a tree in the terminal, or in one of the forms that a flag names.

The tree has a bar for each span on one time axis. Equal siblings share a line
("217 × SQL_SELECT"). Errors stand at the top, below the date, the host, and the
id of the first request, if the trace has them. The mark • is at the spans that
determined how long the trace took. Where a client asked again and again until a
server was ready, a note says which services it was waiting for. Totals by service
and by kind follow. --service, --name and --min-duration show only the spans that
match, and the spans above them.

Faults of the trace as a whole are named at the top of the tree and of the page.
They are points of other requests, which a cloud whose workers are native threads
stores in a trace, and calls without an answer, at which the trace stops. For the
other forms they are named on standard error, and for --json not at all.`,
		Example: `  ostrace show 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b
  ostrace show 5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b --service nova --min-duration 50ms
  ostrace show 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b --html -o trace.html
  ostrace show 5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b --dot | dot -Tsvg > trace.svg
  ostrace show trace.json`,
		Args:              oneTrace,
		ValidArgsFunction: p.completeTrace,
		RunE:              func(command *cobra.Command, args []string) error { return s.run(command, args[0]) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.BoolVar(&s.html, "html", false, "write one HTML page that needs no network")
	flags.BoolVar(&s.json, "json", false, "write the JSON of osprofiler trace show --json")
	flags.BoolVar(&s.dot, "dot", false, "write a graph for Graphviz")
	flags.BoolVar(&s.otlpJSON, "otlp-json", false, "write the spans as OpenTelemetry's OTLP JSON")
	flags.StringVarP(&s.output, "output", "o", "", "write to `FILE`; it is written whole or not at all; - is standard output")
	flags.BoolVar(&s.withoutStrangers, "without-strangers", false, "leave out the points of other requests, and print their number; not with --json")
	flags.StringSliceVar(&s.tree.Services, "service", nil, "show in the tree only spans of services with `NAME` in their name")
	flags.StringSliceVar(&s.tree.Names, "name", nil, "show in the tree only spans with `TEXT` in their name")
	flags.DurationVar(&s.tree.MinDuration, "min-duration", 0, "show in the tree only spans that took at least this `DURATION`, such as 10ms")
	flags.BoolVar(&s.tree.Unfold, "unfold", false, "show in the tree a line for each span, and in the graph a node")
	flags.StringVar(&s.color, "color", "auto", "use colours in the tree: `WHEN` is auto, always or never")
	command.MarkFlagsMutuallyExclusive("html", "json", "dot", "otlp-json")
	command.MarkFlagsMutuallyExclusive("json", "without-strangers") // it has the same points as OSProfiler's
	_ = command.MarkFlagFilename("output")                          // the flag exists
	_ = command.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

// oneTrace checks the arguments of commands that take one trace.
func oneTrace(command *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return fmt.Errorf("which trace? give its id, as openstack --os-profile prints it, or a file; see %s --help", command.CommandPath())
	case 1:
		return nil
	}
	return fmt.Errorf("one trace at a time, not %d; see %s --help", len(args), command.CommandPath())
}

func (s *show) run(command *cobra.Command, argument string) error {
	if err := s.check(command); err != nil {
		return err
	}
	t, err := s.load(command.Context(), argument)
	if err != nil {
		return err
	}
	s.noteDefects(t)
	return writeOutput(command.Context(), s.output, s.out, func(w io.Writer) error { return s.write(w, t) })
}

func (s *show) check(command *cobra.Command) error {
	if _, ok := colors[s.color]; !ok {
		return fmt.Errorf("--color must be auto, always or never, not %q", s.color)
	}
	if s.tree.MinDuration < 0 {
		return errors.New("--min-duration must be a positive duration such as 10ms")
	}
	if s.html || s.json || s.dot || s.otlpJSON {
		for _, name := range append(filterFlags, "color") {
			if command.Flags().Changed(name) && (!s.dot || name != "unfold") {
				return fmt.Errorf("--%s is for the tree in the terminal; the other forms are of the whole trace", name)
			}
		}
	}
	return nil
}

func (s *show) write(w io.Writer, t *points.Trace) error {
	if s.json {
		return t.WriteReport(safejson.NewWriter(w))
	}
	t, notes := s.findings(t)
	switch {
	case s.html:
		return waterfall.HTML(w, t.Spans(), waterfall.HTMLOptions{Labels: labels, Notes: append(notes, t.Defects.Notes()...)})
	case s.dot:
		s.say(notes)
		return waterfall.DOT(w, t.Spans(), waterfall.DOTOptions{Labels: dotLabels, Unfold: s.tree.Unfold})
	case s.otlpJSON:
		s.say(notes)
		return writeOTLP(safejson.NewWriter(w), t.Spans())
	}
	return s.draw(w, t.Spans(), notes)
}

// findings returns the notes about the trace as a whole, and the part of the
// trace that is shown.
func (s *show) findings(t *points.Trace) (shown *points.Trace, notes []string) {
	found := t.Findings()
	notes = found.Notes()
	switch {
	case len(found.Strangers) == 0:
	case s.withoutStrangers:
		notes[0] += " They are left out here."
		t = t.Without(found.Strangers)
	default:
		notes[0] += " --without-strangers leaves them out."
	}
	return t, notes
}

func (s *show) draw(w io.Writer, spans []sdktrace.ReadOnlySpan, notes []string) error {
	opts := s.tree
	opts.Labels = labels
	opts.Notes = notes
	opts.Color = colors[s.color]
	return waterfall.Draw(w, spans, opts)
}

// colors are the values of --color.
var colors = map[string]waterfall.Color{
	"auto": waterfall.ColorAuto, "always": waterfall.ColorAlways, "never": waterfall.ColorNever,
}
