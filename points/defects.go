// SPDX-License-Identifier: Apache-2.0

package points

import (
	"fmt"
	"strings"
)

// Defects counts what is not as it should be in what a store has of a trace.
type Defects struct {
	// Unreadable notifications are not in the trace; FirstUnreadable says what
	// was wrong with the first of them.
	Unreadable      int
	FirstUnreadable error
	// Repeated notifications were stored several times for one point. The last
	// one counts.
	Repeated int
	// Unfinished points have a start and no stop: the service was still at
	// work, or ended without saying so.
	Unfinished int
	// WithoutStart is the number of points that have a stop and no start.
	WithoutStart int
	// Cycles is the number of cycles of points which are each other's
	// parents.
	Cycles int
}

func (d *Defects) unreadable(err error) {
	d.Unreadable++
	if d.FirstUnreadable == nil {
		d.FirstUnreadable = err
	}
}

// Notes says in one line for each defect what was found and what was done
// with it. It is empty for a trace without defects.
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
	note(d.Repeated, "notification repeats another one: the last one counts", "notifications repeat others: the last one counts")
	note(d.Cycles, "cycle of points that are each other's parents was cut", "cycles of points that are each other's parents were cut")
	return notes
}
