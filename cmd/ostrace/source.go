// SPDX-License-Identifier: Apache-2.0

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
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// load reads the trace that the argument names. The trace has at least one
// point.
func (p *program) load(ctx context.Context, argument string) (*points.Trace, error) {
	t, err := p.find(ctx, argument)
	switch {
	case err != nil:
		return nil, err
	case t.Len() > 0:
		return t, nil
	case t.Defects.Unreadable > 0:
		return nil, fmt.Errorf("no part of the trace can be shown: %s", t.Defects.Notes()[0])
	}
	return nil, fmt.Errorf("%w: %s has no points", points.ErrNotFound, argument)
}

// find reads the trace that the argument names: an id, a file, or - for
// standard input. As for osprofiler trace show, a text that looks like a UUID
// is an id.
func (p *program) find(ctx context.Context, argument string) (*points.Trace, error) {
	if argument == "-" {
		return p.read(ctx, p.in, "standard input")
	}
	_, isUUID := propagation.TraceID(argument)
	if !isUUID {
		file, err := os.Open(argument)
		if err == nil {
			defer file.Close()
			return p.read(ctx, file, argument)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	t, err := p.fetch(ctx, argument)
	switch notFound := errors.Is(err, points.ErrNotFound); {
	case err == nil:
		return t, nil
	case notFound && isUUID:
		return nil, fmt.Errorf("%w: did the services know the key, and do they store their points there?", err)
	case notFound:
		return nil, fmt.Errorf("%w, and no such file", err)
	case isUUID:
		return nil, err
	}
	return nil, fmt.Errorf("no such file: %s; for a trace of this id: %w", argument, err)
}

// read reads a file. The name is only for errors. Files of ostrace show
// --otlp-json and of the Collector's file exporter begin with their spans.
func (p *program) read(ctx context.Context, file io.Reader, name string) (*points.Trace, error) {
	until := untilInterrupted(ctx, file)
	defer until.Close() //nolint:errcheck // it returns no error
	progress := newProgress(p.err, "reading "+name, "bytes", unknownTotal)
	defer progress.end()
	in := bufio.NewReaderSize(&countingReader{until, progress}, 64<<10)
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

// untilInterrupted reads r until it ends or ctx ends, also while r waits for a
// user who types.
func untilInterrupted(ctx context.Context, r io.Reader) *io.PipeReader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, r) // it ends when r or out ends
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { _ = out.CloseWithError(ctx.Err()) })
	return out
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

// noteDefects prints the faults of the stored notifications.
func (p *program) noteDefects(t *points.Trace) { p.say(t.Defects.Notes()) }

func (p *program) say(notes []string) {
	for _, note := range notes {
		say(p.err, note)
	}
}

// completionTimeout limits the time that a Tab takes.
const completionTimeout = 2 * time.Second

// completeTrace offers the newest traces of the store whose ids begin with the
// typed text, and files. It leaves out ids that are not UUIDs, because they
// could control the terminal.
func (p *program) completeTrace(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	s, err := p.openStore()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	defer s.Close() //nolint:errcheck // it was only read
	ctx, cancel := context.WithTimeout(command.Context(), completionTimeout)
	defer cancel()
	var list []points.TraceSummary
	for summary, err := range s.List(ctx, points.AllTraces) {
		if _, isUUID := propagation.TraceID(summary.BaseID); err == nil && isUUID && strings.HasPrefix(summary.BaseID, typed) {
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
