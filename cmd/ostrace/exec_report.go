// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/cloudtrace"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/forwardproxy"
	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/waterfall"
)

// settleTimeout bounds how long ostrace waits for the services' points. settleQuiet
// is the time between two reads of the store. They are variables for the tests.
var (
	settleTimeout = 10 * time.Second
	settleQuiet   = time.Second
)

// maxDrawn bounds the number of the program's own traces that are drawn.
const maxDrawn = 10

// conclusion holds the facts about a run when the program has ended.
type conclusion struct {
	run     *osprofile.Run
	command trace.SpanContext
	spans   *execTelemetry
	tracer  *cloudtrace.Tracer
	report  forwardproxy.Report
	cloud   *execCloud
	notes   []string
}

// conclude draws the trace and says what happened. It does not change the exit
// status, which is that of the program.
func (e *execution) conclude(c *conclusion) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	c.spans.flush(ctx)
	if c.report.Requests > 0 {
		if err := e.drawAll(ctx, c); err != nil {
			say(e.err, "the trace can't be shown: "+err.Error())
		}
	}
	e.say(c.notes)
	e.say(c.spans.problems())
	e.say(c.words())
	if c.report.Requests > 0 {
		_ = c.run.WriteClosing(e.err) // there is nothing left to do about an error
	}
}

// drawAll draws the command's trace, and then the program's own traces.
func (e *execution) drawAll(ctx context.Context, c *conclusion) error {
	byTrace := map[trace.TraceID][]sdktrace.ReadOnlySpan{}
	recorded, left := c.spans.recorder.spans()
	for _, span := range recorded {
		id := span.SpanContext().TraceID()
		byTrace[id] = append(byTrace[id], span)
	}
	command := c.command.TraceID()
	ids := append([]trace.TraceID{command}, c.tracer.Others()...)
	if more := len(ids) - 1 - maxDrawn; more > 0 {
		c.notes = append(c.notes, fmt.Sprintf("the program has %d more traces of its own, which are not shown", more))
		ids = ids[:maxDrawn+1]
	}
	if left > 0 {
		c.notes = append(c.notes, fmt.Sprintf("%d spans are not shown: there are more than %d", left, maxRecorded))
	}
	drawings := make([][]sdktrace.ReadOnlySpan, len(ids))
	notes := make([][]string, len(ids))
	for i, id := range ids {
		own := byTrace[id]
		if id == command {
			own = below(c.command, own)
		}
		drawings[i], notes[i] = e.whole(ctx, c, id, own)
		slices.SortStableFunc(drawings[i], func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	}
	if e.html != "" {
		return writeOutput(ctx, e.html, e.out, func(w io.Writer) error {
			return waterfall.HTML(w, slices.Concat(drawings...), waterfall.HTMLOptions{Labels: labels, Notes: slices.Concat(notes...)})
		})
	}
	for i, spans := range drawings {
		if i > 0 {
			fmt.Fprintf(e.err, "\nA trace of the program's own:\n")
		}
		if err := (&show{program: e.program, color: "auto"}).draw(e.err, spans, notes[i]); err != nil {
			return err
		}
	}
	return nil
}

// below returns the spans of the command's trace. A program that takes part in the
// trace has spans that ostrace does not know. A span with such a parent is put
// below the command.
func below(command trace.SpanContext, own []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	all := make([]sdktrace.ReadOnlySpan, 0, len(own))
	for _, span := range own {
		if span.SpanContext().SpanID() != command.SpanID() && span.Parent().SpanID() != command.SpanID() {
			span = moved{span, command}
		}
		all = append(all, span)
	}
	return all
}

// moved is a span with another parent.
type moved struct {
	sdktrace.ReadOnlySpan
	parent trace.SpanContext
}

func (m moved) Parent() trace.SpanContext { return m.parent }

// whole adds the points of a trace that the services stored to the program's spans.
// Services can still be working after they have answered. So whole reads the store
// until every point has ended and no new points come, or until settleTimeout.
func (e *execution) whole(ctx context.Context, c *conclusion, id trace.TraceID, own []sdktrace.ReadOnlySpan) ([]sdktrace.ReadOnlySpan, []string) {
	if c.spans.store == nil {
		return own, nil
	}
	baseID := propagation.BaseID(id)
	progress := newProgress(e.err, "waiting until the services have stored their points", "points", unknownTotal)
	defer progress.end()
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	var t *points.Trace
	for {
		next, err := points.Fetch(ctx, c.spans.store, baseID)
		switch {
		case err == nil && t != nil && next.Len() == t.Len() && next.Defects.Unfinished == 0:
			return together(own, next)
		case err == nil:
			progress.add(next.Len() - progress.done)
			t = next
		case !errors.Is(err, points.ErrNotFound) && ctx.Err() == nil:
			return own, []string{"The services' points could not be read: " + oneLine(err.Error())}
		}
		select {
		case <-time.After(settleQuiet):
			continue
		case <-ctx.Done():
		}
		if t == nil {
			return own, []string{"The services have not stored any part of this trace. Do they have this key, and is this their store?"}
		}
		spans, notes := together(own, t)
		return spans, append(notes, t.Defects.Notes()...)
	}
}

// together joins the program's spans with the stored points. It leaves out the
// stored points of the program's own spans.
func together(own []sdktrace.ReadOnlySpan, stored *points.Trace) ([]sdktrace.ReadOnlySpan, []string) {
	have := make(map[trace.SpanID]bool, len(own))
	for _, span := range own {
		have[span.SpanContext().SpanID()] = true
	}
	all := slices.Clip(own)
	for _, span := range stored.Spans() {
		if !have[span.SpanContext().SpanID()] {
			all = append(all, span)
		}
	}
	return all, stored.Findings().Notes()
}

// words returns the messages about the run as a whole.
func (c *conclusion) words() []string {
	var words []string
	for _, p := range c.report.Distrusted {
		words = append(words, fmt.Sprintf("the program did not accept the proxy's certificate for %s: %s%s", p.Host, why(p.Err), times(p.Count)))
	}
	for _, p := range c.report.Unopened {
		advice := ""
		if _, ok := errors.AsType[*tls.CertificateVerificationError](p.Err); ok {
			advice = "; with --insecure it is traced too"
		}
		words = append(words, fmt.Sprintf("%s was not traced, and its connection was not opened, because TLS to it failed: %s%s%s", p.Host, why(p.Err), times(p.Count), advice))
	}
	for _, p := range c.report.Unreachable {
		words = append(words, fmt.Sprintf("%s did not answer: %s%s", p.Host, why(p.Err), times(p.Count)))
	}
	passed := ""
	if c.report.Passed > 0 {
		passed = "; " + counted(c.report.Passed, "connection to another host was passed on unopened", "connections to other hosts were passed on unopened")
	}
	requests := counted(c.report.Requests, "request to the cloud", "requests to the cloud")
	switch {
	case c.report.Requests > 0 && !c.tracer.CatalogKnown() && c.report.Passed > 0:
		words = append(words, fmt.Sprintf("%s%s. The proxy has not seen the service catalog, so it knows only %s of the cloud", requests, passed, c.cloud.url.Host))
	case c.report.Requests > 0:
		words = append(words, requests+passed)
	default:
		words = append(words, c.nothing(passed))
	}
	return words
}

// nothing returns the message that no request came, with the possible reasons.
func (c *conclusion) nothing(passed string) string {
	said := "no request to the cloud came through the proxy" + passed
	host := c.cloud.url.Host
	reasons := []string{
		"the program sent no request to the cloud at " + host,
		"the program does not read HTTPS_PROXY, which Java programs never read (see docs/exec.md)",
	}
	switch r := c.report; {
	case len(r.Distrusted) > 0:
		reasons = append(slices.Clone(nativeRoots),
			"the program uses its own certificates, and not those that SSL_CERT_FILE and similar variables name",
			"the program accepts only one certificate for the cloud",
		)
	case len(r.Unreachable) > 0, len(r.Unopened) > 0: // other messages say why
		return said
	case r.Unauthorized > 0:
		reasons = []string{"the program does not send the password that HTTPS_PROXY has for the proxy"}
	case c.cloud.isLoopback():
		reasons = append([]string{"the program does not send requests for " + c.cloud.url.Hostname() + " to a proxy, which Go programs never do"}, reasons...)
	}
	return said + ". It may be that " + strings.Join(reasons, ", or that ")
}

// why returns the text of an error for the user, without a prefix that adds nothing.
func why(err error) string {
	return strings.TrimPrefix(err.Error(), "remote error: tls: ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}
