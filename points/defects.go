// SPDX-License-Identifier: Apache-2.0

package points

import (
	"fmt"
	"strings"
)

// Defects counts the faults in the notifications that a store has of a trace.
type Defects struct {
	// Unreadable is the number of notifications that could not be read, and are
	// not in the trace. FirstUnreadable says what was wrong with the first of
	// them.
	Unreadable      int
	FirstUnreadable error
	// Repeated is the number of notifications that replaced an earlier one of
	// the same point.
	Repeated int
	// Unfinished is the number of points that have a start and no stop: the
	// service was still at work, or ended without storing it.
	Unfinished int
	// WithoutStart is the number of points that have a stop and no start.
	WithoutStart int
	// Cycles is the number of cycles, in which each point is the parent of the
	// next.
	Cycles int
}

func (d *Defects) unreadable(err error) {
	d.Unreadable++
	if d.FirstUnreadable == nil {
		d.FirstUnreadable = err
	}
}

// Notes returns a line for each kind of defect, which says what was found and
// what was done with it. It returns none for a trace without defects.
func (d Defects) Notes() []string {
	var notes []string
	note := func(n int, one, many string) {
		switch {
		case n == 1:
			notes = append(notes, "1 "+one)
		case n > 1:
			notes = append(notes, fmt.Sprintf("%d %s", n, many))
		}
	}
	if d.Unreadable > 0 {
		reason := strings.TrimPrefix(d.FirstUnreadable.Error(), ErrUnreadable.Error()+": ")
		note(d.Unreadable,
			"stored notification could not be used: "+reason,
			"stored notifications could not be used; the first: "+reason)
	}
	note(d.Unfinished, "point has no stop: it is shown as unfinished", "points have no stop: they are shown as unfinished")
	note(d.WithoutStart, "point has no start: it is shown where it stopped", "points have no start: they are shown where they stopped")
	note(d.Repeated, "notification repeats another one: the last one is used", "notifications repeat others: the last one is used")
	note(d.Cycles, "cycle of points that are each other's parents was cut", "cycles of points that are each other's parents were cut")
	return notes
}
