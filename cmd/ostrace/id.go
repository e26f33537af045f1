// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// traceparent matches the header of W3C Trace Context, also with its name, and
// the header traceresponse, which has the same form.
var traceparent = regexp.MustCompile(`(?i)^(?:trace(?:parent|response):\s*)?[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)`)

// requestID is the beginning of a global request id, which has the base_id in
// it.
const requestID = "req-"

// wholeID returns the trace that a text names by its whole id: a base_id or a
// trace id, a request id that a program made of it, or a traceparent. It
// reports false for any other text, which can be a part of an id.
func wholeID(text string) (trace.TraceID, bool) {
	if found := traceparent.FindStringSubmatch(text); found != nil {
		text = found[1]
	}
	return propagation.TraceID(strings.TrimPrefix(text, requestID))
}

// spelling returns a form of a trace's id that begins with the text, and an
// empty text if there is none. A text that is equal to the short id names the
// trace too. That is the id by which Jaeger has the trace if OSProfiler's
// driver for Jaeger stored it: the last 64 bits, as the openstack command
// prints them, or with all zeros.
func spelling(baseID, text string) string {
	forms := []string{baseID}
	if id, ok := propagation.TraceID(baseID); ok {
		uuid := propagation.BaseID(id)
		forms = append(forms, uuid, id.String(), requestID+uuid)
		if short := propagation.ShortID(id); strings.EqualFold(short, text) || strings.EqualFold(id.String()[16:], text) {
			return text
		}
	}
	for _, form := range forms {
		if len(form) >= len(text) && strings.EqualFold(form[:len(text)], text) {
			return form
		}
	}
	return ""
}

// fetch reads the trace of a store that an id names, in any of the forms of
// wholeID and spelling.
func (p *program) fetch(ctx context.Context, id string) (*points.Trace, error) {
	s, err := p.openStore()
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	baseID := id
	whole, isWhole := wholeID(id)
	if isWhole {
		if _, asItIs := propagation.TraceID(id); !asItIs {
			baseID = propagation.BaseID(whole)
		}
	}
	t, err := p.fetchExactly(ctx, s, baseID)
	if !errors.Is(err, points.ErrNotFound) {
		return t, err
	}
	notFound := &notFoundError{id: id}
	named := newFirst(newestFirst, maxCandidates)
	_, err = p.collect(ctx, s, named, func(t points.TraceSummary) bool {
		notFound.saw(t)
		return !isWhole && spelling(t.BaseID, id) != ""
	})
	if err != nil && (!isWhole || ctx.Err() != nil) {
		return nil, err
	}
	switch candidates := named.sorted(); len(candidates) {
	case 0:
		return nil, notFound
	case 1:
		return p.fetchExactly(ctx, s, candidates[0].BaseID)
	default:
		return nil, &ambiguousError{id, named.added, candidates}
	}
}

func (p *program) fetchExactly(ctx context.Context, s points.Store, baseID string) (*points.Trace, error) {
	progress := newProgress(p.err, "reading the trace", "notifications", unknownTotal)
	defer progress.end()
	return points.Fetch(ctx, countingStore{s, progress}, baseID)
}

// notFoundError says that a store has no trace of this id, and why that can be.
type notFoundError struct {
	id     string
	others int       // the number of other traces in the store
	newest time.Time // when the newest of them began
}

func (e *notFoundError) saw(t points.TraceSummary) {
	e.others++
	if t.Timestamp.After(e.newest) {
		e.newest = t.Timestamp
	}
}

func (e *notFoundError) Unwrap() error { return points.ErrNotFound }

func (e *notFoundError) Error() string {
	have := "the store has no trace at all"
	if e.others > 0 {
		have = fmt.Sprintf("the store has %d other traces", e.others)
	}
	if !e.newest.IsZero() {
		have += ", the newest of " + e.newest.Format(time.DateTime) + " UTC"
	}
	reasons := "The services do not know the key with which the requests were signed, so they stored nothing; " +
		"or they store their points elsewhere; or the trace has expired; or it is not stored yet."
	if strings.HasPrefix(e.id, requestID) {
		reasons += " A request id has the id of a trace only if the program that sent the request made it so."
	}
	return fmt.Sprintf("%v: %s; %s. Possible reasons: %s", points.ErrNotFound, e.id, have, reasons)
}

// maxCandidates is the number of traces that are listed if an id names several.
const maxCandidates = 10

// ambiguousError says that an id is the beginning of the ids of several traces.
type ambiguousError struct {
	id         string
	number     int
	candidates []points.TraceSummary // the newest of them
}

func (e *ambiguousError) Error() string {
	return fmt.Sprintf("%s is the beginning of the ids of %d traces: give more of the id", strconv.Quote(e.id), e.number)
}

// list writes a line for each candidate.
func (e *ambiguousError) list(w io.Writer) {
	for _, t := range e.candidates {
		at := "                   "
		if !t.Timestamp.IsZero() {
			at = t.Timestamp.Format("2006-01-02T15:04:05")
		}
		fmt.Fprintf(w, "  %s  %s  %s\n", printable(t.BaseID), at, oneLine(t.Operation))
	}
	if left := e.number - len(e.candidates); left > 0 {
		fmt.Fprintf(w, "  and %d more\n", left)
	}
}
