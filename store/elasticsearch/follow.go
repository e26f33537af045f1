// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/ostrace/ostrace/points"
)

var _ points.Follower = (*Store)(nil)

// A page of Follow has followSize documents. Where more have the time of one
// millisecond, it has up to mostDocuments, which a search can have at most
// (index.max_result_window).
const (
	followSize    = 1000
	mostDocuments = 10_000
)

// settleTime is the age at which Follow reads a document, because documents can be
// found only after a while (index.refresh_interval), and the clocks of services
// differ.
const settleTime = 30 * time.Second

// millisecond is the form of the cursor. The servers compare times in
// milliseconds, unless the field is a keyword, which they compare as a text.
const millisecond = "2006-01-02T15:04:05.000"

// Follow implements [points.Follower]. It reads the documents in the order of
// their timestamps. A document is yielded when it is 30 seconds old by the clock
// of this machine. A document that can be found only later than 30 seconds after
// its timestamp is not yielded, nor is one without a timestamp.
func (s *Store) Follow(ctx context.Context, cursor []byte) iter.Seq2[points.Page, error] {
	return func(yield func(points.Page, error) bool) {
		at := string(cursor)
		if _, err := time.Parse(millisecond, at); err != nil {
			if at != "" {
				yield(points.Page{}, s.client.where.Errorf("the cursor is not one of Elasticsearch"))
				return
			}
			at = time.Unix(0, 0).UTC().Format(millisecond)
		}
		fields, err := s.client.fields(ctx, notificationsIndex)
		if err != nil {
			yield(points.Page{}, s.client.wrap(ctx, err))
			return
		}
		if len(fields) == 0 {
			return // the index has no document yet
		}
		f := follower{s.client, fields.sortable("timestamp"), at, time.Now().UTC().Add(-settleTime).Format(millisecond)}
		if f.field == "" {
			yield(points.Page{}, s.client.where.Errorf("the index %s maps the field timestamp neither as a date nor as a keyword, so it can't be read as it grows", notificationsIndex))
			return
		}
		for more := true; more; {
			var page points.Page
			if page, more, err = f.page(ctx, followSize); err != nil {
				yield(points.Page{}, s.client.wrap(ctx, err))
				return
			}
			if len(page.Notifications)+len(page.Unreadable) > 0 && !yield(page, nil) {
				return
			}
		}
	}
}

// follower reads documents by their times.
type follower struct {
	client    *client
	field     string
	at, until string
}

// page reads the documents of the next milliseconds. It returns false when there
// are no more.
func (f *follower) page(ctx context.Context, size int) (page points.Page, more bool, err error) {
	body := object{
		"query": object{"range": object{f.field: object{"gte": f.at, "lt": f.until}}},
		"size":  size,
		"sort":  []object{{f.field: object{"order": "asc"}}},
	}
	var sources []json.RawMessage
	if sources, err = f.client.search(ctx, notificationsIndex, body); err != nil {
		return page, false, err
	}
	end := f.until
	if len(sources) == size {
		// The last millisecond may have more documents than are here.
		end = timeOf(sources[size-1])
		for len(sources) > 0 && timeOf(sources[len(sources)-1]) >= end {
			sources = sources[:len(sources)-1]
		}
		switch {
		case len(sources) > 0:
		case size == mostDocuments:
			return page, false, fmt.Errorf("%d documents or more have the time %s, and no more than that can be read at once", size, end)
		default:
			return f.page(ctx, min(2*size, mostDocuments))
		}
	}
	for _, source := range sources {
		n, err := points.ParseNotification(source)
		if err != nil {
			page.Unreadable = append(page.Unreadable, f.client.where.Wrap(err))
		} else {
			page.Notifications = append(page.Notifications, n)
		}
	}
	more = end != f.until
	f.at = end
	page.Cursor = []byte(end)
	return page, more, nil
}

// timeOf returns the timestamp of a document, up to the millisecond.
func timeOf(source json.RawMessage) string {
	var document struct{ Timestamp string }
	_ = json.Unmarshal(source, &document) // the search found it by its timestamp
	return document.Timestamp[:min(len(document.Timestamp), len(millisecond))]
}

// search returns the _source of each document that a search finds.
func (c *client) search(ctx context.Context, index string, body object) (sources []json.RawMessage, err error) {
	answer, err := c.do(ctx, http.MethodPost, index+"/_search", nil, body)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	p := page{whole: true}
	err = p.read(answer, maxDocument, func(source json.RawMessage) bool {
		sources = append(sources, source)
		return true
	})
	return sources, err
}
