package points

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// TimestampFormat is the form of a notification's timestamp, in UTC
// (osprofiler/profiler.py: %Y-%m-%dT%H:%M:%S.%f).
const TimestampFormat = "2006-01-02T15:04:05.000000"

// ErrUnreadable is wrapped by the errors that stand for one stored notification
// that can't be used. [NewTrace] counts those and reads on.
var ErrUnreadable = errors.New("unreadable notification")

// Notification says that a point started or stopped. It is what OSProfiler's
// drivers store.
type Notification struct {
	// Name is the point's name followed by "-start" or "-stop", such as
	// "wsgi-start".
	Name string
	// BaseID names the trace, TraceID the point, ParentID the point that was
	// open around it. A point without one has the BaseID there.
	BaseID, TraceID, ParentID string
	// Timestamp has a resolution of a microsecond.
	Timestamp time.Time
	// Project and Service are what the service called itself, such as "nova"
	// and "osapi_compute"; Host is the name of its machine. They are empty
	// where the store has null.
	Project, Service, Host string
	// Payload is the JSON object that the store keeps: for Redis, MongoDB and
	// Elasticsearch the whole notification, for SQL what has no column of its
	// own. Its member "info" has the point's details.
	Payload json.RawMessage
}

// Parse reads a notification in the form in which OSProfiler's drivers for Redis,
// MongoDB and Elasticsearch store it, which is kept as its Payload and must
// not be changed afterwards.
// Errors wrap [ErrUnreadable]: for what is not a JSON object, and for one that
// lacks the name, the trace_id or the timestamp.
func Parse(payload []byte) (Notification, error) {
	var stored struct {
		Name      string `json:"name"`
		BaseID    string `json:"base_id"`
		TraceID   string `json:"trace_id"`
		ParentID  string `json:"parent_id"`
		Timestamp string `json:"timestamp"`
		Project   string `json:"project"`
		Service   string `json:"service"`
		Info      struct {
			Host string `json:"host"`
		} `json:"info"`
	}
	if err := json.Unmarshal(payload, &stored); err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	n := Notification{
		Name:     stored.Name,
		BaseID:   stored.BaseID,
		TraceID:  stored.TraceID,
		ParentID: stored.ParentID,
		Project:  stored.Project,
		Service:  stored.Service,
		Host:     stored.Info.Host,
		Payload:  payload,
	}
	switch {
	case n.Name == "":
		return Notification{}, fmt.Errorf("%w: it has no name", ErrUnreadable)
	case n.TraceID == "":
		return Notification{}, fmt.Errorf("%w: it has no trace_id", ErrUnreadable)
	}
	var err error
	n.Timestamp, err = ParseTimestamp(stored.Timestamp)
	return n, err
}

// ParseTimestamp reads a notification's timestamp, with any number of digits of
// the second, as Python's strptime does. Errors wrap [ErrUnreadable].
func ParseTimestamp(text string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: its timestamp is %q, not like 2026-01-31T23:59:59.123456", ErrUnreadable, text)
	}
	return at, nil
}

// stops tells whether the notification ends its point; every other name starts
// one (osprofiler/drivers/base.py, _append_results).
func (n Notification) stops() bool { return strings.HasSuffix(n.Name, "stop") }
