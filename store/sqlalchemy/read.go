// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// Notifications yields a trace's rows in the order in which they were stored.
func (s *Store) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return s.limits.Notifications(s.where, s.notifications(ctx, baseID))
}

func (s *Store) notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		query := "SELECT id, base_id, trace_id, parent_id, name, project, service, host, timestamp, " + s.text("data") +
			" FROM data WHERE base_id = " + s.parameter(1) + " ORDER BY id"
		for rows, err := range s.query(ctx, query, baseID) {
			if err != nil {
				yield(points.Notification{}, s.wrap(err))
				return
			}
			var r row
			if err := rows.Scan(&r.id, &r.baseID, &r.traceID, &r.parentID, &r.name, &r.project, &r.service, &r.host, &r.timestamp, &r.data); err != nil {
				yield(points.Notification{}, s.wrap(err))
				return
			}
			if r.baseID.String != baseID {
				continue // it is another base_id, which is equal in MySQL's collation
			}
			n, err := r.notification()
			if !yield(n, s.wrap(err)) {
				return
			}
		}
	}
}

// query yields the rows of an answer as they arrive. Nothing follows an error.
func (s *Store) query(ctx context.Context, query string, args ...any) iter.Seq2[*sql.Rows, error] {
	return limit.Each(s.limits, func(yield func(*sql.Rows, error) bool) {
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if !yield(rows, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	})
}

// row has the columns of a notification.
type row struct {
	id                                                                       int64
	baseID, traceID, parentID, name, project, service, host, timestamp, data sql.NullString
}

// valid returns a column's text as valid UTF-8. A column can hold other bytes
// where it has no character set or the set "binary", as in PostgreSQL's
// SQL_ASCII databases.
func valid(column sql.NullString) string { return strings.ToValidUTF8(column.String, "\ufffd") }

// notification returns the row's notification. Errors wrap
// [points.ErrUnreadable].
func (r row) notification() (points.Notification, error) {
	n := points.Notification{
		Name: valid(r.name), BaseID: valid(r.baseID), TraceID: valid(r.traceID), ParentID: valid(r.parentID),
		Project: valid(r.project), Service: valid(r.service), Host: valid(r.host),
	}
	var err error
	switch {
	case n.Name == "":
		err = fmt.Errorf("%w: it has no name", points.ErrUnreadable)
	case n.TraceID == "":
		err = fmt.Errorf("%w: it has no trace_id", points.ErrUnreadable)
	default:
		if n.Timestamp, err = points.ParseTimestamp(r.timestamp.String); err == nil {
			n.Payload, err = decode(valid(r.data))
		}
	}
	if err != nil {
		return points.Notification{}, fmt.Errorf("the row %d: %w", r.id, err)
	}
	return n, nil
}

// decode returns the JSON object in the column data. The driver gives a JSON
// text to a column that encodes its values as JSON, so the object is inside a
// JSON string.
func decode(data string) (json.RawMessage, error) {
	var text string
	if err := json.Unmarshal([]byte(data), &text); err != nil {
		text = data
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return nil, fmt.Errorf("%w: its data: %w", points.ErrUnreadable, err)
	}
	if object == nil {
		return nil, fmt.Errorf("%w: its data is null", points.ErrUnreadable)
	}
	return json.RawMessage(text), nil
}
