// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"container/list"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
)

// maxOpenPoints is the number of open points above which the oldest one is sent
// without its other half. It limits the memory of the receiver.
const maxOpenPoints = 50_000

// openPoints are the points of which one half has come: the start or the stop.
// The other half can come first, because it comes over another connection.
type openPoints struct {
	byID   map[pointID]*list.Element
	order  *list.List // of *openPoint, those that came first at the front
	opened map[*openPoint]struct{}
	closed []int
	most   int
}

// pointID names a point. OSProfiler's trace_id is the id of the point.
type pointID struct{ baseID, traceID string }

type openPoint struct {
	half    points.Notification
	arrived time.Time
	slot    int // -1 for a point that is not stored
}

// openChanges are the changes since they were stored last.
type openChanges struct {
	opened []*openPoint // those that must be stored
	closed []int        // the slots of those that must be removed
}

func (c openChanges) none() bool { return len(c.opened)+len(c.closed) == 0 }

func newOpenPoints(stored []*openPoint) *openPoints {
	o := &openPoints{
		byID:   make(map[pointID]*list.Element, len(stored)),
		order:  list.New(),
		opened: map[*openPoint]struct{}{},
		most:   maxOpenPoints,
	}
	for _, p := range stored {
		o.byID[idOf(p.half)] = o.order.PushBack(p)
	}
	return o
}

func idOf(n points.Notification) pointID { return pointID{n.BaseID, n.TraceID} }

// stops reports whether a notification ends its point. Every other one starts it
// (osprofiler/drivers/base.py, _append_results).
func stops(n points.Notification) bool { return strings.HasSuffix(n.Name, "stop") }

// add returns both halves of a point if the notification completes it. Otherwise
// the notification waits, in the place of an earlier one of the same kind.
func (o *openPoints) add(n points.Notification, now time.Time) (both []points.Notification) {
	element := o.byID[idOf(n)]
	if element == nil {
		p := &openPoint{half: n, arrived: now, slot: -1}
		o.byID[idOf(n)] = o.order.PushBack(p)
		o.opened[p] = struct{}{}
		return nil
	}
	p := element.Value.(*openPoint)
	if stops(p.half) == stops(n) {
		p.half = n
		o.opened[p] = struct{}{}
		return nil
	}
	o.remove(element)
	return []points.Notification{p.half, n}
}

// halves returns the halves that notifications complete.
func (o *openPoints) halves(notifications []points.Notification) (halves []points.Notification) {
	for _, n := range notifications {
		if element := o.byID[idOf(n)]; element != nil {
			halves = append(halves, element.Value.(*openPoint).half)
		}
	}
	return halves
}

// expired returns the halves that arrived before a time, and those that are too
// many, and forgets them.
func (o *openPoints) expired(before time.Time) (halves []points.Notification) {
	for element := o.order.Front(); element != nil; element = o.order.Front() {
		p := element.Value.(*openPoint)
		if !p.arrived.Before(before) && o.order.Len() <= o.most {
			break
		}
		o.remove(element)
		halves = append(halves, p.half)
	}
	return halves
}

func (o *openPoints) remove(element *list.Element) {
	p := o.order.Remove(element).(*openPoint)
	delete(o.byID, idOf(p.half))
	delete(o.opened, p)
	if p.slot >= 0 {
		o.closed = append(o.closed, p.slot)
	}
}

// changes returns what has to be stored.
func (o *openPoints) changes() openChanges {
	return openChanges{slices.Collect(maps.Keys(o.opened)), o.closed}
}

// stored forgets the changes.
func (o *openPoints) stored() {
	clear(o.opened)
	o.closed = nil
}

func (o *openPoints) len() int { return o.order.Len() }
