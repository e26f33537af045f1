// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

const connectionStringVariable = "OSPROFILER_CONNECTION_STRING"

// The times for which the program waits for the services' points. They are
// variables for the tests.
var (
	settleTimeout = 10 * time.Second
	settleQuiet   = time.Second
)

// openPoints opens the store of the services' points. It returns nil where no
// store is named or nothing is traced.
func openPoints(o *options) (points.Store, error) {
	if o.connectionString != "" && !o.profile.Given() {
		return nil, usageError{errors.New("--connection-string is for a traced command: give --os-profile or --os-profile-file too")}
	}
	connectionString := cmp.Or(o.connectionString, os.Getenv(connectionStringVariable))
	if connectionString == "" || !o.profile.Given() {
		return nil, nil
	}
	s, err := store.Open(connectionString)
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// wholeTrace adds the spans that the services stored to the program's own
// spans. Services may still work after they have answered, so it reads again
// until nothing new has come for a while and every point has ended, but not for
// ever.
func wholeTrace(ctx context.Context, s points.Store, baseID string, own []sdktrace.ReadOnlySpan, p *progress) []sdktrace.ReadOnlySpan {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	defer p.done()
	var t *points.Trace
	for {
		p.show("waiting until the services have stored their points …")
		next, err := points.Fetch(ctx, s, baseID)
		switch {
		case err == nil && t != nil && next.Len() == t.Len() && next.Defects.Unfinished == 0:
			return together(own, next, p)
		case err == nil:
			t = next
		case !errors.Is(err, points.ErrNotFound) && ctx.Err() == nil:
			p.say("the services' points could not be read: %s", oneLine(err.Error()))
			return own
		}
		select {
		case <-time.After(settleQuiet):
			continue
		case <-ctx.Done():
		}
		if t == nil {
			p.say("the services have stored nothing of this trace: do they know the key, and is this their store?")
			return own
		}
		for _, note := range t.Defects.Notes() {
			p.say("after %s %s", settleTimeout, note)
		}
		return together(own, t, p)
	}
}

// together joins both lists, without the stored copies of the program's own
// spans. It prints the faults of the trace as a whole.
func together(own []sdktrace.ReadOnlySpan, stored *points.Trace, p *progress) []sdktrace.ReadOnlySpan {
	for _, note := range stored.Findings().Notes() {
		p.say("%s", note)
	}
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
	return all
}

// storeSpans stores the program's own spans, if the store can be written, so
// that OSProfiler's command line shows them above the services' points. The
// points say which of the spans live delivered, so that ostrace export does not
// send those again. live is nil without a back end.
func (t *telemetry) storeSpans(s points.Store, live *points.LiveExporter) {
	writer, ok := s.(points.Writer)
	if !ok {
		return
	}
	var opts []points.SpanExporterOption
	if live != nil {
		opts = append(opts, points.WithLiveExporter(live, exportTimeout/2))
	}
	t.deliver("points could not be stored", points.NewSpanExporter(writer, opts...))
}

// flush sends the spans that have ended. If that fails, shutdown prints the
// error.
func (t *telemetry) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	t.eachDelivery(func(d *delivery) { _ = d.processor.ForceFlush(ctx) })
}
