// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/ostrace/ostrace/points"
)

// window is a span of time. A time that is zero is no limit.
type window struct{ from, to time.Time }

func (w window) has(at time.Time) bool {
	return !at.IsZero() && !at.Before(w.from) && (w.to.IsZero() || at.Before(w.to))
}

// tracesIn reads the traces of the store that began in the window, the oldest first.
// A trace that the store drops meanwhile is left out.
func (p *program) tracesIn(ctx context.Context, w window) iter.Seq2[*points.Trace, error] {
	return func(yield func(*points.Trace, error) bool) {
		s, err := p.openStore()
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.Close() //nolint:errcheck // it was only read
		var list []points.TraceSummary
		for summary, err := range s.List(ctx, points.AllTraces) {
			switch {
			case errors.Is(err, points.ErrUnreadable): // its time is not known
			case err != nil:
				yield(nil, err)
				return
			case w.has(summary.Timestamp):
				list = append(list, summary)
			}
		}
		slices.SortFunc(list, func(a, b points.TraceSummary) int { return newestFirst(b, a) })
		// A store that changes meanwhile can yield a trace twice.
		list = slices.CompactFunc(list, func(a, b points.TraceSummary) bool { return a.BaseID == b.BaseID })
		progress := newProgress(p.err, "reading", "traces", len(list))
		defer progress.end()
		for _, summary := range list {
			t, err := points.NewTrace(summary.BaseID, s.Notifications(ctx, summary.BaseID))
			progress.add(1)
			if err == nil && t.Len() == 0 {
				continue
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}
