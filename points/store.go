// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"iter"
)

// Store is a store in which OSProfiler's drivers keep notifications. Its
// methods can be called concurrently. Errors never show the password of a
// connection string.
type Store interface {
	// List yields the traces of the store, in no particular order. It reads of
	// a trace no more than a [TraceSummary] says, however long the trace is. A
	// store that changes at the same time can yield a trace twice. An error
	// that wraps [ErrUnreadable] is about one trace: its summary has what is
	// known of it, and other traces can follow. Nothing follows any other
	// error.
	List(ctx context.Context, filter ListFilter) iter.Seq2[TraceSummary, error]

	// Notifications yields the notifications of the trace whose base_id is
	// exactly this text, in the order in which OSProfiler's own driver reads
	// them. It yields nothing if the store does not have the trace. An error
	// that wraps [ErrUnreadable] is about one notification, and others can
	// follow. Nothing follows any other error.
	Notifications(ctx context.Context, baseID string) iter.Seq2[Notification, error]

	// Close closes the store's connections.
	Close() error
}

// Writer stores notifications, in the form in which OSProfiler's own driver for
// the same store writes and reads them. It can be called concurrently.
type Writer interface {
	// Write stores notifications. The Payload of each must be the whole
	// notification as the driver for Redis stores it, whatever the store is.
	// After an error, also that of the context, it is not known which of them
	// are stored.
	Write(ctx context.Context, notifications []Notification) error
}

// ListFilter says which traces a [Store] lists.
type ListFilter int

const (
	// AllTraces are all traces that the store holds.
	AllTraces ListFilter = iota
	// ErrorTraces are the traces in which a point has an etype
	// ([Notification.Failed]). Redis, Elasticsearch and MongoDB know them only
	// where the services have filter_error_trace = True in their section
	// [profiler].
	ErrorTraces
)

// Follower is a [Store] that can be read as it grows.
type Follower interface {
	Store

	// Follow yields what services have stored since the cursor, a page at a time.
	// The empty cursor is before everything that the store holds. Each page has
	// the cursor behind it. The sequence ends when there is nothing new at the
	// moment, and another call goes on with the last cursor. Nothing follows an
	// error.
	//
	// Every notification is yielded once, in the order in which the store has it,
	// or nearly so. One that becomes visible very late is not yielded: the
	// packages of the stores say when.
	Follow(ctx context.Context, cursor []byte) iter.Seq2[Page, error]
}

// Page is a part of what [Follower.Follow] yields. It has some thousand
// notifications at most, and may have none.
type Page struct {
	Notifications []Notification
	// Unreadable are the errors about notifications that can't be used. Each
	// wraps [ErrUnreadable].
	Unreadable []error
	// Cursor is behind this page. Its form is the store's own. It must not be
	// changed.
	Cursor []byte
}
