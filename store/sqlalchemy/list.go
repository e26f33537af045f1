// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/ostrace/ostrace/points"
)

// List yields the traces of the store. With [points.ErrorTraces] it finds them
// in the rows themselves, whatever the services' configuration is; they have
// the timestamp of their first error, and no number of notifications.
func (s *Store) List(ctx context.Context, filter points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	if filter == points.ErrorTraces {
		return s.failed(ctx)
	}
	return s.all(ctx)
}

// all finds the first and the last row of each trace by the index of base_id,
// and reads only those two.
func (s *Store) all(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		query := "SELECT oldest.base_id, oldest.timestamp, newest.timestamp, traces.notifications, oldest.name, " + s.text("oldest.data") +
			" FROM (SELECT MIN(id) AS oldest, MAX(id) AS newest, COUNT(*) AS notifications FROM data WHERE base_id IS NOT NULL GROUP BY " + s.exactID + ") AS traces" +
			" JOIN data AS oldest ON oldest.id = traces.oldest JOIN data AS newest ON newest.id = traces.newest"
		for rows, err := range s.query(ctx, query) {
			var summary points.TraceSummary
			var baseID, oldest, newest, name, data sql.NullString
			if err == nil {
				err = rows.Scan(&baseID, &oldest, &newest, &summary.Notifications, &name, &data)
			}
			if err != nil {
				yield(points.TraceSummary{}, s.wrap(err))
				return
			}
			summary.BaseID = valid(baseID)
			if payload, err := decode(valid(data)); err == nil {
				summary.Operation = points.Notification{Name: valid(name), Payload: payload}.Operation()
			}
			summary.Newest, _ = points.ParseTimestamp(newest.String)
			summary.Timestamp, err = s.started(summary.BaseID, oldest)
			if !yield(summary, err) {
				return
			}
		}
	}
}

func (s *Store) failed(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		// The text can be in a SQL statement of a point too, so each row is
		// checked.
		query := "SELECT base_id, timestamp, " + s.text("data") + " FROM data WHERE base_id IS NOT NULL AND " +
			s.text("data") + " LIKE '%etype%' ORDER BY id"
		seen := make(map[string]bool)
		for rows, err := range s.query(ctx, query) {
			var summary points.TraceSummary
			var baseID, timestamp, data sql.NullString
			if err == nil {
				err = rows.Scan(&baseID, &timestamp, &data)
			}
			if err != nil {
				yield(points.TraceSummary{}, s.wrap(err))
				return
			}
			if seen[baseID.String] || !hasError(valid(data)) {
				continue
			}
			seen[baseID.String] = true
			summary.BaseID = valid(baseID)
			summary.Timestamp, err = s.started(summary.BaseID, timestamp)
			if !yield(summary, err) {
				return
			}
		}
	}
}

// started returns a trace's timestamp.
func (s *Store) started(baseID string, timestamp sql.NullString) (at time.Time, err error) {
	if at, err = points.ParseTimestamp(timestamp.String); err != nil {
		err = s.where.Wrap(fmt.Errorf("the trace %q: %w", baseID, err))
	}
	return at, err
}

// hasError reports whether the column data belongs to a point that failed.
func hasError(data string) bool {
	payload, err := decode(data)
	return err == nil && points.Notification{Payload: payload}.Failed()
}
