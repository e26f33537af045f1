// SPDX-License-Identifier: Apache-2.0

package points

import "time"

// TraceSummary describes a trace in a list of a store. It has what the store
// can say without reading the whole trace.
type TraceSummary struct {
	// BaseID names the trace.
	BaseID string
	// Timestamp is the time of the notification that was stored first. For
	// [ErrorTraces] it is the time of an error instead.
	Timestamp time.Time
	// Newest is the time of the notification that was stored last. It is zero
	// for [ErrorTraces], and if that notification can't be read.
	Newest time.Time
	// Operation is the [Notification.Operation] of the notification that was
	// stored first. It is empty for [ErrorTraces], and with FerretDB 1, which
	// can't find that notification.
	Operation string
	// Notifications is the number of notifications that are stored. It is 0
	// where the store would have to read all of them to count them.
	Notifications int
}

// Duration returns the time from the notification that was stored first to the
// one that was stored last. It is 0 if one of them is not known, and if the
// clocks of the services differ by more than the trace took.
func (s TraceSummary) Duration() time.Duration {
	if s.Timestamp.IsZero() || s.Newest.Before(s.Timestamp) {
		return 0
	}
	return s.Newest.Sub(s.Timestamp)
}

// Points returns the number of points of a trace whose points have all
// stopped: one for two notifications. It is 0 if their number is not known.
func (s TraceSummary) Points() int { return (s.Notifications + 1) / 2 }
