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
// is an id, and so is any other whole id.
func (p *program) find(ctx context.Context, argument string) (*points.Trace, error) {
	if argument == "-" {
		return p.read(ctx, p.in, "standard input")
	}
	id := strings.TrimSpace(argument)
	_, isWhole := wholeID(id)
	if !isWhole {
		file, err := os.Open(argument)
		if err == nil {
			defer file.Close()
			return p.read(ctx, file, argument)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if id == "" {
		return nil, errors.New("which trace? the id is empty")
	}
	t, err := p.fetch(ctx, id)
	_, ambiguous := errors.AsType[*ambiguousError](err)
	switch {
	case err == nil, isWhole, ambiguous:
		return t, err
	case errors.Is(err, points.ErrNotFound):
		return nil, fmt.Errorf("no such file, and %w", err)
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
	kept := newFirst(newestFirst, 20)
	_, _ = p.collect(ctx, s, kept, func(t points.TraceSummary) bool { // what was listed until an error is offered
		_, isUUID := propagation.TraceID(t.BaseID)
		return isUUID && spelling(t.BaseID, typed) != ""
	})
	var ids []string
	for _, t := range kept.sorted() {
		ids = append(ids, cobra.CompletionWithDesc(spelling(t.BaseID, typed), t.Timestamp.Format(time.DateTime)+" "+oneLine(t.Operation)))
	}
	return ids, cobra.ShellCompDirectiveKeepOrder
}
