package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// load reads the trace that the argument names: an id, a file, or - for standard
// input. As with osprofiler trace show, what looks like a UUID is an id.
func (p *program) load(ctx context.Context, argument string) (*points.Trace, error) {
	if argument == "-" {
		return p.read(p.in, "standard input")
	}
	_, isUUID := propagation.TraceID(argument)
	if !isUUID {
		file, err := os.Open(argument)
		if err == nil {
			defer file.Close()
			return p.read(file, argument)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	t, err := p.fetch(ctx, argument)
	if errors.Is(err, points.ErrNotFound) {
		if !isUUID {
			return nil, fmt.Errorf("%w, and no such file", err)
		}
		return nil, fmt.Errorf("%w: did the services know the key, and do they store their points there?", err)
	}
	return t, err
}

// read reads a file, whose name is for the errors. What ostrace show --otlp-json
// writes, and the Collector's file exporter, begins with its spans.
func (p *program) read(file io.Reader, name string) (*points.Trace, error) {
	progress := newProgress(p.err, "reading "+name, "bytes", unknownTotal)
	defer progress.end()
	in := bufio.NewReaderSize(&countingReader{file, progress}, 64<<10)
	readTrace := points.ReadReport
	if beginning, _ := in.Peek(512); bytes.Contains(beginning, []byte(`"resourceSpans"`)) {
		readTrace = readOTLP
	}
	t, err := readTrace(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

type countingReader struct {
	io.Reader
	progress *progress
}

func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.progress.add(n)
	return n, err
}

func (p *program) fetch(ctx context.Context, id string) (*points.Trace, error) {
	s, err := p.openStore()
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	progress := newProgress(p.err, "reading the trace", "notifications", unknownTotal)
	defer progress.end()
	return points.Fetch(ctx, countingStore{s, progress}, id)
}

// countingStore shows how much of a trace has been read.
type countingStore struct {
	points.Store
	progress *progress
}

func (s countingStore) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for n, err := range s.Store.Notifications(ctx, baseID) {
			s.progress.add(1)
			if !yield(n, err) {
				return
			}
		}
	}
}

// noteDefects says what is odd with the trace.
func (p *program) noteDefects(t *points.Trace) {
	for _, note := range t.Defects.Notes() {
		say(p.err, note)
	}
}

// traceOf makes a trace of spans.
func traceOf(spans []sdktrace.ReadOnlySpan) (*points.Trace, error) {
	baseID := ""
	notifications := make([]points.Notification, 0, 2*len(spans))
	for _, span := range spans {
		own := points.FromSpan(span)
		baseID = own[0].BaseID
		notifications = append(notifications, own...)
	}
	return points.NewTrace(baseID, func(yield func(points.Notification, error) bool) {
		for _, n := range notifications {
			if !yield(n, nil) {
				return
			}
		}
	})
}

// completionTimeout bounds how long a Tab takes.
const completionTimeout = 2 * time.Second

// completeTrace offers the newest traces of the store, and files.
func (p *program) completeTrace(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	s, err := p.openStore()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	defer s.Close() //nolint:errcheck // it was only read
	ctx, cancel := context.WithTimeout(command.Context(), completionTimeout)
	defer cancel()
	var list []points.Summary
	for summary, err := range s.List(ctx, points.All) {
		if err == nil {
			list = append(list, summary)
		}
	}
	slices.SortFunc(list, newestFirst)
	var ids []string
	for _, summary := range list[:min(len(list), 20)] {
		ids = append(ids, cobra.CompletionWithDesc(summary.BaseID, summary.Timestamp.Format(time.DateTime)))
	}
	return ids, cobra.ShellCompDirectiveKeepOrder
}
