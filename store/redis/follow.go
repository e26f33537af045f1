// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

var _ points.Follower = (*Store)(nil)

// A page of Follow ends at one of these limits. chunk is the number of entries
// that are read at once.
const (
	pageNotifications = 1000
	followBytes       = 1 << 20
	chunk             = 100
)

// errCursor is the error for a cursor that Follow has not made.
var errCursor = errors.New("the cursor is not one of a Redis store")

// Follow implements [points.Follower]. Each call asks for all keys of traces and
// for the lengths of their lists, some at a time, and reads the entries that are
// new. The cursor has the id of each trace in the store, so it grows with the
// store. The layout before OSProfiler 2.8 is not read.
//
// Where a list was deleted and written again between two calls, its first entries
// are not yielded, as many as the list had before, unless it is shorter now.
func (s *Store) Follow(ctx context.Context, cursor []byte) iter.Seq2[points.Page, error] {
	return func(yield func(points.Page, error) bool) {
		read, err := decodeCursor(cursor)
		if err != nil {
			yield(points.Page{}, s.where.Wrap(err))
			return
		}
		f := follower{store: s, read: read, yield: yield}
		there := make(map[string]bool, len(read))
		for keys, err := range s.keys(ctx, listPrefix) {
			if err == nil {
				err = f.follow(ctx, keys, there)
			}
			if err != nil {
				if !errors.Is(err, errStopped) {
					yield(points.Page{}, err)
				}
				return
			}
		}
		before := len(f.read)
		maps.DeleteFunc(f.read, func(key string, _ int64) bool { return !there[key] })
		if f.size > 0 || len(f.page.Unreadable) > 0 || len(f.read) < before {
			_ = f.end() // the reader may stop here too
		}
	}
}

// errStopped ends the reading when its reader stops.
var errStopped = errors.New("stopped")

// follower collects a page.
type follower struct {
	store *Store
	read  map[string]int64 // the number of entries that were read of a key
	page  points.Page
	size  int
	yield func(points.Page, error) bool
}

// follow reads what is new in the lists of the keys.
func (f *follower) follow(ctx context.Context, keys []string, there map[string]bool) error {
	commands, err := f.store.pipeline(ctx, func(p redis.Pipeliner) {
		for _, key := range keys {
			p.LLen(ctx, key)
		}
	})
	if err != nil {
		return err
	}
	for i, key := range keys {
		length, err := commands[i].(*redis.IntCmd).Result()
		if err != nil || length == 0 {
			continue // it is not a list of OSProfiler, or it has expired
		}
		key = strings.TrimPrefix(key, listPrefix)
		there[key] = true
		if length < f.read[key] {
			f.read[key] = 0 // it was deleted, and written again
		}
		for f.read[key] < length {
			if err := f.entries(ctx, key, min(chunk, length-f.read[key])); err != nil {
				return err
			}
		}
	}
	return nil
}

// entries reads the next entries of a list. New entries are pushed at the head, so
// the oldest have the same place as counted from the tail.
func (f *follower) entries(ctx context.Context, key string, count int64) error {
	first := f.read[key]
	entries, err := await(ctx, func() ([]string, error) {
		return f.store.client.LRange(ctx, listPrefix+key, -first-count, -first-1).Result()
	})
	if err != nil {
		return f.store.where.Wrap(err)
	}
	for _, entry := range slices.Backward(entries) {
		n, err := points.ParseNotification([]byte(entry))
		if err != nil {
			f.page.Unreadable = append(f.page.Unreadable, f.store.unreadable(listPrefix+key, err))
		} else {
			f.page.Notifications = append(f.page.Notifications, n)
		}
		f.size += len(entry)
	}
	f.read[key] = first + count // fewer are there if the list has just expired
	if f.size >= followBytes || len(f.page.Notifications)+len(f.page.Unreadable) >= pageNotifications {
		return f.end()
	}
	return nil
}

// end yields the page.
func (f *follower) end() error {
	f.page.Cursor = encodeCursor(f.read)
	page := f.page
	f.page, f.size = points.Page{}, 0
	if !f.yield(page, nil) {
		return errStopped
	}
	return nil
}

// encodeCursor writes each key and its number, behind the number of keys.
func encodeCursor(read map[string]int64) []byte {
	b := binary.AppendUvarint(nil, uint64(len(read)))
	for key, count := range read {
		b = binary.AppendUvarint(b, uint64(len(key)))
		b = append(b, key...)
		b = binary.AppendUvarint(b, uint64(count))
	}
	return b
}

func decodeCursor(cursor []byte) (map[string]int64, error) {
	read := make(map[string]int64)
	if len(cursor) == 0 {
		return read, nil
	}
	broken := false
	next := func() uint64 {
		value, n := binary.Uvarint(cursor)
		if n <= 0 {
			cursor, broken = nil, true
			return 0
		}
		cursor = cursor[n:]
		return value
	}
	for left := next(); left > 0; left-- {
		length := next()
		if length == 0 || length >= uint64(len(cursor)) {
			return nil, errCursor
		}
		key := string(cursor[:length])
		cursor = cursor[length:]
		read[key] = int64(next())
	}
	if broken || len(cursor) > 0 {
		return nil, errCursor
	}
	return read, nil
}
