// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"iter"
	"time"
)

// Store is where OSProfiler's drivers keep notifications. Its methods can be
// called concurrently. Errors never show the password of a connection string.
type Store interface {
	// List yields the traces that the store holds, in no particular order,
	// each once. An error that wraps [ErrUnreadable] is about one trace, of
	// which the summary has what is known, and more follow; any other error
	// is the last.
	List(ctx context.Context, which Which) iter.Seq2[Summary, error]

	// Notifications yields what the store holds of the trace whose base_id is
	// exactly this text, in the order in which OSProfiler's own driver reads
	// it. A trace that is not there yields nothing. An error that wraps
	// [ErrUnreadable] is about one notification and more follow; any other
	// error is the last.
	Notifications(ctx context.Context, baseID string) iter.Seq2[Notification, error]

	// Close ends the store's connections.
	Close() error
}

// Writer stores notifications, in the form that OSProfiler's own driver for the
// same store has and reads. It can be called concurrently.
type Writer interface {
	// Write stores notifications. The Payload of each is the whole
	// notification as the driver for Redis stores it, whatever the store is.
	// After an error, that of the context too, it is not known which of them
	// are stored.
	Write(ctx context.Context, notifications []Notification) error
}

// Which says which traces are listed.
type Which int

const (
	// All traces.
	All Which = iota
	// Failed traces are those in which a point has an etype. Redis,
	// Elasticsearch and MongoDB know them only where the services have
	// filter_error_trace = True in their section [profiler].
	Failed
)

// Summary is a trace in a list.
type Summary struct {
	BaseID string
	// Timestamp is that of the notification that was stored first; for Failed
	// traces of some stores, that of the error.
	Timestamp time.Time
	// Notifications is the number of notifications stored, 0 where the store
	// can't say it without reading all.
	Notifications int
}
