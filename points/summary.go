// SPDX-License-Identifier: Apache-2.0

package points

import (
	"time"
	"unicode/utf8"
)

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

// Summarize makes the summary of a trace from the notifications that were stored
// first and last, in the form that [ParseNotification] reads. An error wraps
// [ErrUnreadable], and is about the first one. It takes a fraction of the time
// that ParseNotification takes.
func Summarize(baseID string, notifications int, first, last []byte) (TraceSummary, error) {
	s := TraceSummary{BaseID: baseID, Notifications: notifications}
	begin, err := glance(first)
	if err != nil {
		return s, err
	}
	s.Timestamp, s.Operation = begin.Timestamp, begin.Operation()
	if end, err := glance(last); err == nil {
		s.Newest = end.Timestamp
	}
	return s, nil
}

// glance reads the name, the timestamp and the payload of a notification. It
// accepts what ParseNotification accepts.
func glance(payload []byte) (Notification, error) {
	if !utf8.Valid(payload) || !validJSON(payload) {
		return ParseNotification(payload)
	}
	n := Notification{Payload: payload}
	var timestamp string
	isPoint := false
	for key, value := range members(payload) {
		isText := len(value) > 0 && value[0] == '"'
		switch {
		case string(key) == "name" && isText:
			n.Name = string(unquote(value))
		case string(key) == "timestamp" && isText:
			timestamp = string(unquote(value))
		case string(key) == "trace_id":
			isPoint = string(value) != "null" && string(value) != `""`
		}
	}
	if n.Name == "" || !isPoint {
		return ParseNotification(payload) // it says what is missing
	}
	var err error
	n.Timestamp, err = ParseTimestamp(timestamp)
	return n, err
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
