// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/ostrace/ostrace/points"
)

var _ points.Follower = (*Store)(nil)

// A page of Follow ends at one of these limits.
const (
	pageRows  = 1000
	pageBytes = 1 << 20
)

// settleTime is the time for which Follow waits before it reads a row, because a
// row with a lower id can be committed later. OSProfiler's driver commits each row
// by itself.
const settleTime = 5 * time.Second

// followCursor is the cursor of Follow.
type followCursor struct {
	// Read is the id of the last row that was read.
	Read int64 `json:"read"`
	// Until is the highest id in the table at the time Seen.
	Until int64     `json:"until"`
	Seen  time.Time `json:"seen"`
}

// Follow implements [points.Follower]. It reads the rows in the order of their id,
// 5 seconds after it has seen that there are more. A row that is committed more
// than 5 seconds later than a row with a higher id is not yielded.
func (s *Store) Follow(ctx context.Context, cursor []byte) iter.Seq2[points.Page, error] {
	return func(yield func(points.Page, error) bool) {
		var at followCursor
		if len(cursor) > 0 {
			if err := json.Unmarshal(cursor, &at); err != nil {
				yield(points.Page{}, s.where.Errorf("the cursor is not one of a database"))
				return
			}
		}
		if err := s.follow(ctx, at, time.Now(), yield); err != nil {
			yield(points.Page{}, s.wrap(err))
		}
	}
}

func (s *Store) follow(ctx context.Context, at followCursor, now time.Time, yield func(points.Page, error) bool) error {
	if now.Sub(at.Seen) < settleTime && !now.Before(at.Seen) {
		return nil
	}
	for at.Read < at.Until {
		page, err := s.rows(ctx, &at)
		if err != nil {
			return err
		}
		if !yield(page, nil) {
			return nil
		}
	}
	var highest sql.NullInt64
	if err := s.db.QueryRowContext(ctx, "SELECT MAX(id) FROM data").Scan(&highest); err != nil {
		return err
	}
	if highest.Int64 > at.Until {
		at.Until, at.Seen = highest.Int64, now
		yield(points.Page{Cursor: at.encode()}, nil)
	}
	return nil
}

// rows reads a page, and moves the cursor behind it.
func (s *Store) rows(ctx context.Context, at *followCursor) (page points.Page, err error) {
	query := "SELECT id, base_id, trace_id, parent_id, name, project, service, host, timestamp, " + s.text("data") +
		" FROM data WHERE id > " + s.parameter(1) + " AND id <= " + s.parameter(2) + " ORDER BY id LIMIT " + strconv.Itoa(pageRows)
	rows, size := 0, 0
	for found, err := range s.query(ctx, query, at.Read, at.Until) {
		var r row
		if err == nil {
			err = found.Scan(&r.id, &r.baseID, &r.traceID, &r.parentID, &r.name, &r.project, &r.service, &r.host, &r.timestamp, &r.data)
		}
		if err != nil {
			return page, err
		}
		n, err := r.notification()
		switch {
		case err == nil:
			page.Notifications = append(page.Notifications, n)
		case errors.Is(err, points.ErrUnreadable):
			page.Unreadable = append(page.Unreadable, s.wrap(err))
		default:
			return page, err
		}
		at.Read = r.id
		rows, size = rows+1, size+len(r.data.String)
		if size >= pageBytes {
			break
		}
	}
	if rows < pageRows && size < pageBytes {
		at.Read = at.Until // the rest of the ids have no rows
	}
	page.Cursor = at.encode()
	return page, nil
}

func (c followCursor) encode() []byte {
	text, _ := json.Marshal(c) // numbers and a time have no errors
	return text
}
