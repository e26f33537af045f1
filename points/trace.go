// SPDX-License-Identifier: Apache-2.0

package points

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// Trace has the points of one trace in a store.
type Trace struct {
	// BaseID names the trace.
	BaseID string
	// Points are the points whose parent is not stored, in the order of their
	// start. The others are below them.
	Points []*Point
	// Defects counts the faults in the stored notifications.
	Defects Defects

	all []*Point // in the store's order

	// The times are those of all notifications, also of repeated ones.
	first, last, lastStart time.Time
}

// Point is a step of a service that OSProfiler traced.
type Point struct {
	// TraceID is the id of the point itself, and ParentID the id of the point
	// that was open around it.
	TraceID, ParentID string
	// Name is the kind of step, such as "wsgi", "db" or "rpc". It is the part
	// of the notification's name before the first hyphen.
	Name string
	// Project, Service and Host are those of the notification that the store
	// yielded first.
	Project, Service, Host string
	// Start and Stop are the notifications. One of them is nil where the store
	// does not have it.
	Start, Stop *Notification
	// Children are the points below this one, in the order of their start.
	Children []*Point

	payloads []namedPayload
	byName   map[string]int // the index in payloads by name, where there are many
	parent   *Point
	visit    int
}

// namedPayload is the payload of a notification with its name. A point usually
// has one for its start and one for its stop.
type namedPayload struct {
	name    string
	payload []byte
}

// Started returns the time of the start or, without a start, that of the stop.
func (p *Point) Started() time.Time {
	if p.Start != nil {
		return p.Start.Timestamp
	}
	return p.Stop.Timestamp
}

// Finished returns the time of the stop or, without a stop, that of the start,
// as OSProfiler does.
func (p *Point) Finished() time.Time {
	if p.Stop != nil {
		return p.Stop.Timestamp
	}
	return p.Start.Timestamp
}

// NewTrace makes a trace of its notifications, which can be in any order.
//
// It follows osprofiler/drivers/base.py: the notifications with one trace_id
// make one point, the last of several starts or stops is used, and a point
// whose parent is not stored is at the top. It differs in two rules. A
// parent_id of 16 hex digits means the point whose trace_id has these as its
// last 8 bytes (propagation.SpanID). And where points are each other's parents,
// they are not left out: the earliest of them is at the top.
//
// Bytes that are not UTF-8 become U+FFFD, because an OTLP exporter refuses all
// spans of a batch for one that has such bytes. Notifications that can't be
// used are counted in Trace.Defects. The error is the first one of the sequence
// that does not wrap [ErrUnreadable].
func NewTrace(baseID string, notifications iter.Seq2[Notification, error]) (*Trace, error) {
	t := &Trace{BaseID: baseID}
	byID := map[string]*Point{}
	texts := interner{}
	for n, err := range notifications {
		if errors.Is(err, ErrUnreadable) {
			t.Defects.unreadable(err)
			continue
		}
		if err != nil {
			return nil, err
		}
		n.makeValid()
		texts.intern(&n)
		t.add(n, byID)
	}
	t.link(byID)
	return t, nil
}

func (t *Trace) add(n Notification, byID map[string]*Point) {
	p := byID[n.TraceID]
	if p == nil {
		p = &Point{
			TraceID:  n.TraceID,
			ParentID: n.ParentID,
			Name:     pointName(n.Name),
			Project:  n.Project,
			Service:  n.Service,
			Host:     n.Host,
			payloads: make([]namedPayload, 0, 2),
		}
		byID[n.TraceID] = p
		t.all = append(t.all, p)
	}
	n.TraceID = p.TraceID // one copy for both notifications
	half := &p.Start
	if n.stops() {
		half = &p.Stop
	} else if n.Timestamp.After(t.lastStart) {
		t.lastStart = n.Timestamp
	}
	if t.first.IsZero() || n.Timestamp.Before(t.first) {
		t.first = n.Timestamp
	}
	if n.Timestamp.After(t.last) {
		t.last = n.Timestamp
	}
	if *half != nil {
		t.Defects.Repeated++
	}
	*half = &n
	p.keep(n)
}

// fewNames is the number of names up to which they are searched one by one.
// Nearly all points have two.
const fewNames = 8

// keep keeps the payload of n. It replaces the payload of an earlier
// notification with the same name.
func (p *Point) keep(n Notification) {
	i, found := p.byName[n.Name]
	if p.byName == nil {
		i = slices.IndexFunc(p.payloads, func(have namedPayload) bool { return have.name == n.Name })
		found = i >= 0
	}
	if found {
		p.payloads[i].payload = n.Payload
		return
	}
	p.payloads = append(p.payloads, namedPayload{n.Name, n.Payload})
	switch {
	case p.byName != nil:
		p.byName[n.Name] = len(p.payloads) - 1
	case len(p.payloads) > fewNames:
		p.byName = make(map[string]int, 2*fewNames)
		for i, have := range p.payloads {
			p.byName[have.name] = i
		}
	}
}

// link builds the tree.
func (t *Trace) link(byID map[string]*Point) {
	var bySpan map[trace.SpanID]*Point
	for _, p := range t.all {
		p.parent = byID[p.ParentID]
		if p.parent == nil && len(p.ParentID) == spanIDLen {
			if bySpan == nil {
				bySpan = t.bySpan()
			}
			if id, ok := propagation.SpanID(p.ParentID); ok {
				p.parent = bySpan[id]
			}
		}
		switch {
		case p.Start == nil:
			t.Defects.WithoutStart++
		case p.Stop == nil:
			t.Defects.Unfinished++
		}
	}
	t.cutCycles()
	for _, p := range t.all {
		if p.parent == nil {
			t.Points = append(t.Points, p)
		} else {
			p.parent.Children = append(p.parent.Children, p)
		}
	}
	byStart := func(a, b *Point) int {
		return cmp.Compare(milliseconds(a.Started().Sub(t.first)), milliseconds(b.Started().Sub(t.first)))
	}
	slices.SortStableFunc(t.Points, byStart)
	for _, p := range t.all {
		slices.SortStableFunc(p.Children, byStart)
	}
}

// spanIDLen is the length of a span id in hex digits.
const spanIDLen = 2 * len(trace.SpanID{})

// bySpan returns a map of the points by the ids of their spans.
func (t *Trace) bySpan() map[trace.SpanID]*Point {
	points := make(map[trace.SpanID]*Point, len(t.all))
	for _, p := range t.all {
		if id := spanIDOf(p.TraceID); points[id] == nil {
			points[id] = p
		}
	}
	return points
}

// cutCycles puts the earliest point of each cycle of parents at the top.
func (t *Trace) cutCycles() {
	for i, from := range t.all {
		visit := i + 1
		p := from
		for p != nil && p.visit == 0 {
			p.visit = visit
			p = p.parent
		}
		if p == nil || p.visit != visit {
			continue
		}
		earliest := p
		for q := p.parent; q != p; q = q.parent {
			if q.Started().Before(earliest.Started()) {
				earliest = q
			}
		}
		earliest.parent = nil
		t.Defects.Cycles++
	}
}

// Len returns the number of points.
func (t *Trace) Len() int { return len(t.all) }

// All yields every point, and parents before their children.
func (t *Trace) All() iter.Seq[*Point] {
	return func(yield func(*Point) bool) {
		rest := slices.Clone(t.Points)
		slices.Reverse(rest)
		for len(rest) > 0 {
			p := rest[len(rest)-1]
			rest = rest[:len(rest)-1]
			if !yield(p) {
				return
			}
			for _, c := range slices.Backward(p.Children) {
				rest = append(rest, c)
			}
		}
	}
}

// pointName returns the name that OSProfiler's report gives a point.
func pointName(notification string) string {
	for i := range len(notification) {
		if notification[i] == '-' {
			return notification[:i]
		}
	}
	return notification
}

// interner keeps one copy of each text that notifications share.
type interner map[string]string

func (texts interner) intern(n *Notification) {
	for _, text := range [...]*string{&n.Name, &n.BaseID, &n.ParentID, &n.Project, &n.Service, &n.Host} {
		have, ok := texts[*text]
		if !ok {
			have = *text
			texts[have] = have
		}
		*text = have
	}
}
