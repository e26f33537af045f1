// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// The indices of OSProfiler's driver (osprofiler/drivers/elasticsearch_driver.py).
const (
	notificationsIndex = "osprofiler-notifications"
	errorsIndex        = "osprofiler-notifications-error"
)

// Store reads the notifications of OSProfiler's driver in Elasticsearch or
// OpenSearch. It implements [points.Store].
type Store struct{ client *client }

var _ points.Store = (*Store)(nil)

// Open returns the store that a connection string names. It does not connect:
// the first use of the store does.
func Open(connectionString string) (*Store, error) {
	c, err := newClient(connectionString)
	if err != nil {
		return nil, err
	}
	return &Store{c}, nil
}

// Format writes the connection string without its user, password and options,
// for every verb.
func (s *Store) Format(f fmt.State, verb rune) { s.client.where.Format(f, verb) }

// Close closes the store's idle connections.
func (s *Store) Close() error {
	s.client.http.CloseIdleConnections()
	return nil
}

// Notifications yields the notifications of a trace, in the order of the index.
// A missing index is an error.
//
// OSProfiler's driver asks for documents whose base_id has any part between
// hyphens in common with the trace's, and so mixes traces. This method asks for
// documents that have all parts in their order, however the index maps the
// field, and leaves out those whose base_id is not exactly the same.
func (s *Store) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return s.client.limits.Notifications(s.client.where, s.notifications(ctx, baseID))
}

func (s *Store) notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		query := object{"bool": object{"filter": object{"match_phrase": object{"base_id": baseID}}}}
		for source, err := range limit.Each(s.client.limits, s.client.scroll(ctx, notificationsIndex, query)) {
			if err != nil {
				yield(points.Notification{}, s.client.wrap(ctx, err))
				return
			}
			if len(source) > 0 && !isOf(source, baseID) {
				continue
			}
			n, err := points.ParseNotification(source)
			if !yield(n, s.client.wrap(ctx, err)) {
				return
			}
		}
	}
}

// isOf reports whether a document belongs to a trace.
func isOf(source json.RawMessage, baseID string) bool {
	var document struct {
		BaseID string `json:"base_id"`
	}
	err := json.Unmarshal(source, &document)
	return err == nil && document.BaseID == baseID
}

// List yields the traces of the store in the order of their base_id. It has one
// page of them in memory at a time. With [points.ErrorTraces] they have the
// timestamp of their first error, and no number of notifications. A missing
// index of notifications is an error. A missing index of errors is not: then no
// service has stored an error.
func (s *Store) List(ctx context.Context, filter points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		index := notificationsIndex
		if filter == points.ErrorTraces {
			index = errorsIndex
		}
		for trace, err := range limit.Each(s.client.limits, s.client.traces(ctx, index)) {
			if filter == points.ErrorTraces {
				if isMissingIndex(err) {
					return
				}
				trace = points.TraceSummary{BaseID: trace.BaseID, Timestamp: trace.Timestamp}
			}
			if !yield(trace, s.client.wrap(ctx, err)) {
				return
			}
		}
	}
}
