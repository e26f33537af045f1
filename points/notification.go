// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// TimestampFormat is the form of a notification's timestamp, in UTC
// (osprofiler/profiler.py: %Y-%m-%dT%H:%M:%S.%f).
const TimestampFormat = "2006-01-02T15:04:05.000000"

// ErrUnreadable is wrapped by the errors about a single stored notification
// that can't be used. [NewTrace] counts those and goes on.
var ErrUnreadable = errors.New("unreadable notification")

// Notification says that a point started or stopped. OSProfiler's drivers store
// notifications.
type Notification struct {
	// Name is the point's name followed by "-start" or "-stop", such as
	// "wsgi-start".
	Name string
	// BaseID names the trace, TraceID the point, and ParentID the point that
	// was open around it. Where there was no such point, ParentID is the
	// BaseID.
	BaseID, TraceID, ParentID string
	// Timestamp has a resolution of a microsecond.
	Timestamp time.Time
	// Project and Service are the names that the service gave itself, such as
	// "nova" and "osapi_compute". Host is the name of its machine. They are
	// empty where the store has null.
	Project, Service, Host string
	// Payload is the JSON object that the store keeps: for Redis, MongoDB and
	// Elasticsearch the whole notification, for SQL the members that have no
	// column of their own. Its member "info" has the point's details.
	Payload json.RawMessage
}

// ParseNotification reads a notification in the form in which OSProfiler's
// drivers for Redis, MongoDB and Elasticsearch store it. The notification keeps
// payload as its Payload, so the caller must not change it afterwards.
//
// ParseNotification also reads what Python writes and JSON does not allow: NaN,
// Infinity and -Infinity become texts in the Payload. It also reads members
// that have another form than OSProfiler's: where an id is not a string, the id
// is the JSON of the value, and where info is not an object, the host is empty.
// Bytes that are not UTF-8 become U+FFFD.
//
// Errors wrap [ErrUnreadable]. There is an error for a payload that is not a
// JSON object, and for an object without a name, without a trace_id or without
// a timestamp that [ParseTimestamp] reads.
func ParseNotification(payload []byte) (Notification, error) {
	if !utf8.Valid(payload) {
		payload = bytes.ToValidUTF8(payload, []byte("\ufffd"))
	}
	payload, err := readable(payload)
	if err != nil {
		return Notification{}, err
	}
	return parseValid(payload)
}

// parseValid reads a payload that is JSON. Errors wrap [ErrUnreadable].
func parseValid(payload []byte) (Notification, error) {
	n := Notification{Payload: payload}
	timestamp := n.read(payload)
	switch {
	case payload[skipSpace(payload, 0)] != '{':
		return Notification{}, fmt.Errorf("%w: it is JSON, and not an object", ErrUnreadable)
	case n.Name == "":
		return Notification{}, fmt.Errorf("%w: it has no name", ErrUnreadable)
	case n.TraceID == "":
		return Notification{}, fmt.Errorf("%w: it has no trace_id", ErrUnreadable)
	}
	var err error
	n.Timestamp, err = ParseTimestamp(timestamp)
	return n, err
}

// read sets the fields from the members of the payload, and returns the
// timestamp.
func (n *Notification) read(payload []byte) (timestamp string) {
	for key, value := range members(payload) {
		var target *string
		switch string(key) {
		case "name":
			target = &n.Name
		case "base_id":
			target = &n.BaseID
		case "trace_id":
			target = &n.TraceID
		case "parent_id":
			target = &n.ParentID
		case "timestamp":
			target = &timestamp
		case "project":
			target = &n.Project
		case "service":
			target = &n.Service
		case "info":
			value = member(value, "host")
			target = &n.Host
		}
		switch {
		case target == nil, len(value) == 0, string(value) == "null":
		case value[0] != '"':
			*target = string(value)
		default:
			*target = string(unquote(value))
		}
	}
	return timestamp
}

// quoteNaN puts the numbers that only Python's JSON has into quotation marks.
func quoteNaN(payload []byte) []byte {
	return notJSON.ReplaceAllFunc(payload, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		return []byte(quote(string(found)))
	})
}

// notJSON matches whole strings too, so that it does not match anything inside
// them.
var notJSON = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

// ParseTimestamp reads a notification's timestamp, with any number of digits
// after the second. It accepts the years 1970 to 2261, which OpenTelemetry's
// nanoseconds can express. Errors wrap [ErrUnreadable].
func ParseTimestamp(text string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: its timestamp is %q, not like 2026-01-31T23:59:59.123456", ErrUnreadable, text)
	}
	if year := at.Year(); year < 1970 || year > 2261 {
		return time.Time{}, fmt.Errorf("%w: its timestamp is in the year %d, not between 1970 and 2261", ErrUnreadable, year)
	}
	return at, nil
}

// makeValid puts U+FFFD in the place of bytes that are not UTF-8. A column of a
// SQL store and a file can hold such bytes.
func (n *Notification) makeValid() {
	for _, text := range [...]*string{&n.Name, &n.BaseID, &n.TraceID, &n.ParentID, &n.Project, &n.Service, &n.Host} {
		*text = strings.ToValidUTF8(*text, "\ufffd")
	}
	if !utf8.Valid(n.Payload) {
		n.Payload = bytes.ToValidUTF8(n.Payload, []byte("\ufffd"))
	}
}

// stops reports whether the notification ends its point. Every notification
// that does not end a point starts one (osprofiler/drivers/base.py,
// _append_results).
func (n Notification) stops() bool { return strings.HasSuffix(n.Name, "stop") }
