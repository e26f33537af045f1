// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"slices"

	"github.com/ostrace/ostrace/points"
)

// order compares two traces: the one that is listed first is the smaller.
type order func(a, b points.TraceSummary) int

func newestFirst(a, b points.TraceSummary) int {
	return cmp.Or(b.Timestamp.Compare(a.Timestamp), cmp.Compare(a.BaseID, b.BaseID))
}

func slowestFirst(a, b points.TraceSummary) int {
	return cmp.Or(cmp.Compare(b.Duration(), a.Duration()), newestFirst(a, b))
}

// first keeps the traces that come first in an order. However many traces are
// added, it has at most limit of them in memory; 0 means all.
type first struct {
	order order
	limit int
	// added is the number of traces that were added, and more says that some of
	// them were not kept.
	added int
	more  bool

	list []points.TraceSummary // a heap with the last trace at its root
	ids  map[string]bool
}

func newFirst(order order, limit int) *first {
	return &first{order: order, limit: limit, ids: map[string]bool{}}
}

// add adds a trace. A store can yield a trace twice, so it is kept once.
func (f *first) add(s points.TraceSummary) {
	if f.ids[s.BaseID] {
		return
	}
	f.added++
	if f.limit > 0 && len(f.list) == f.limit {
		f.more = true
		if f.order(s, f.list[0]) > 0 {
			return
		}
		delete(f.ids, heap.Pop(f).(points.TraceSummary).BaseID)
	}
	f.ids[s.BaseID] = true
	heap.Push(f, s)
}

// sorted returns the traces in their order.
func (f *first) sorted() []points.TraceSummary {
	return slices.SortedFunc(slices.Values(f.list), f.order)
}

// Len, Less, Swap, Push and Pop implement [heap.Interface].
func (f *first) Len() int           { return len(f.list) }
func (f *first) Less(i, j int) bool { return f.order(f.list[i], f.list[j]) > 0 }
func (f *first) Swap(i, j int)      { f.list[i], f.list[j] = f.list[j], f.list[i] }
func (f *first) Push(s any)         { f.list = append(f.list, s.(points.TraceSummary)) }
func (f *first) Pop() any {
	last := len(f.list) - 1
	s := f.list[last]
	f.list = f.list[:last]
	return s
}

// collect adds to kept the traces of a store that match. An unreadable trace is
// one too, if its id is known; unreadable counts them, and keeps the first
// reason.
func (p *program) collect(ctx context.Context, s points.Store, kept *first, match func(points.TraceSummary) bool) (unreadable points.Defects, err error) {
	progress := newProgress(p.err, "listing", "traces", unknownTotal)
	defer progress.end()
	for summary, err := range s.List(ctx, points.AllTraces) {
		switch {
		case errors.Is(err, points.ErrUnreadable):
			unreadable.Unreadable++
			unreadable.FirstUnreadable = cmp.Or(unreadable.FirstUnreadable, err)
		case err != nil:
			return unreadable, err
		}
		progress.add(1)
		if summary.BaseID != "" && match(summary) {
			kept.add(summary)
		}
	}
	return unreadable, nil
}

// row is a trace in the output of ostrace list.
type row struct {
	points.TraceSummary
	// content is nil if the trace was not read.
	*content
}

// content is what only the trace's notifications say.
type content struct {
	services map[string]string // the names of the services, with their projects
	errors   int               // the points that failed
}

// readContent reads a trace.
func readContent(ctx context.Context, s points.Store, baseID string) (*content, error) {
	c := &content{services: map[string]string{}}
	for n, err := range s.Notifications(ctx, baseID) {
		switch {
		case errors.Is(err, points.ErrUnreadable):
			continue // ostrace show says so
		case err != nil:
			return nil, err
		case n.Failed():
			c.errors++
		}
		if name := n.ServiceName(); c.services[name] == "" {
			c.services[name] = n.ProjectName()
		}
	}
	return c, nil
}
