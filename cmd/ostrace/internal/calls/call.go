// SPDX-License-Identifier: Apache-2.0

package calls

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/ostrace/ostrace/points"
)

// Call is a span in its trace.
type Call struct {
	Operation Operation
	// Start is the time since the start of the first call.
	Start time.Duration
	// Duration is the time from the start to the end. It is 0 if one of them is
	// unknown.
	Duration time.Duration
	// Self is the part of Duration in which none of the children ran. A child
	// that runs on after its parent takes only the time up to the parent's end.
	Self time.Duration
	// Whole reports whether the start and the end are known.
	Whole bool
	// Params is equal in statements of one trace that had the same parameters.
	Params uint64
	// Parent is nil for a call at the top.
	Parent   *Call
	Children []*Call // by their start
	// Request is the request or the message for which the call was made: the call
	// itself or the nearest one above it that is of the kind HTTP or RPC. If there
	// is none, it is the one at the top.
	Request *Call
}

// Reader reads the calls of traces, and counts what it has read. The zero value can be
// used. It can't be used concurrently.
type Reader struct {
	Traces, Calls int
	Strangers     int       // the points of other requests, which were left out
	First, Last   time.Time // when the first call began, and the last one ended

	folded map[string]string
}

var seed = maphash.MakeSeed()

// Read returns the calls of a trace, each before its children. Points of other
// requests, which some clouds store in a trace (points.Findings), are left out.
func (r *Reader) Read(t *points.Trace) []*Call {
	if strangers := t.Findings().Strangers; len(strangers) > 0 {
		r.Strangers += len(strangers)
		t = t.Without(strangers)
	}
	spans := t.Spans()
	all := make([]Call, len(spans))
	list := make([]*Call, 0, len(spans))
	byPoint := make(map[*points.Point]*Call, len(spans))
	first := r.extend(t)
	i := 0
	for p := range t.All() {
		span, c := spans[i], &all[i]
		i++
		traits := traitsOf(span)
		service, _ := span.Resource().Set().Value(semconv.ServiceNameKey)
		c.Operation = r.operation(span, service.AsString(), traits)
		c.Start = span.StartTime().Sub(first)
		noStart, noEnd := points.Missing(span)
		if c.Whole = !noStart && !noEnd; c.Whole {
			c.Duration = span.EndTime().Sub(span.StartTime())
		}
		if traits.params != "" {
			c.Params = maphash.String(seed, traits.params)
		}
		for _, child := range p.Children {
			byPoint[child] = c
		}
		c.Parent = byPoint[p]
		switch {
		case c.Parent == nil:
			c.Request = c
		case c.Operation.Answers():
			c.Parent.Children = append(c.Parent.Children, c)
			c.Request = c
		default:
			c.Parent.Children = append(c.Parent.Children, c)
			c.Request = c.Parent.Request
		}
		list = append(list, c)
	}
	for _, c := range list {
		slices.SortStableFunc(c.Children, func(a, b *Call) int { return cmp.Compare(a.Start, b.Start) })
		c.Self = c.self()
	}
	r.Traces++
	r.Calls += len(list)
	return list
}

// extend extends the time between First and Last by that of a trace, and returns when
// the trace began.
func (r *Reader) extend(t *points.Trace) time.Time {
	var first time.Time
	for p := range t.All() {
		if at := p.Started(); first.IsZero() || at.Before(first) {
			first = at
		}
		if at := p.Finished(); at.After(r.Last) {
			r.Last = at
		}
	}
	if r.First.IsZero() || first.Before(r.First) {
		r.First = first
	}
	return first
}

// self returns the duration without the time of the children.
func (c *Call) self() time.Duration {
	self, until, end := c.Duration, c.Start, c.Start+c.Duration
	for _, child := range c.Children {
		if from, to := max(child.Start, until), min(child.Start+child.Duration, end); to > from {
			self -= to - from
			until = to
		}
	}
	return self
}
