// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// A page has about pageBytes. Its number of entries is computed from the page
// before it.
const (
	firstPage = 100
	maxPage   = 1000
	pageBytes = 256 << 10
)

// Notifications yields the trace's notifications in the oldest layout first.
// Then it yields those in the trace's list, the newest first. It does not yield
// notifications that services add after the call.
func (s *Store) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return s.limits.Notifications(s.where, s.notifications(ctx, baseID))
}

func (s *Store) notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		if !s.onlyLists.Load() {
			for n, err := range s.legacy(ctx, baseID) {
				if !yield(n, err) || isLast(err) {
					return
				}
			}
		}
		for entry, err := range s.entries(ctx, listPrefix+baseID) {
			if err != nil {
				yield(points.Notification{}, err)
				return
			}
			if !yield(points.ParseNotification([]byte(entry))) {
				return
			}
		}
	}
}

// entries yields a list's entries, from the newest to the oldest. New entries
// are pushed at the head, so the others keep their places as counted from the
// tail.
func (s *Store) entries(ctx context.Context, key string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		left, err := await(ctx, func() (int64, error) { return s.client.LLen(ctx, key).Result() })
		page := int64(firstPage)
		for err == nil && left > 0 {
			page = min(page, left)
			var entries []string
			entries, err = await(ctx, func() ([]string, error) {
				return s.client.LRange(ctx, key, -left, -left+page-1).Result()
			})
			if err != nil {
				break
			}
			bytes := 1
			for _, entry := range entries {
				bytes += len(entry)
				if !yield(entry, nil) {
					return
				}
			}
			if int64(len(entries)) < page {
				err = fmt.Errorf("the list %q was shortened while it was read", key)
			}
			left -= page
			page = min(max(page*pageBytes/int64(bytes), 1), maxPage)
		}
		switch {
		case err == nil:
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			yield("", s.where.Errorf("the value of the key %q is not a list, so it is not OSProfiler's", key))
		default:
			yield("", s.where.Wrap(err))
		}
	}
}

// legacy yields a trace's notifications in the oldest layout, in no particular
// order.
func (s *Store) legacy(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for v, err := range s.strings(ctx, legacyPrefix+baseID) {
			if err != nil {
				yield(points.Notification{}, err)
				return
			}
			// The key of another trace can have the same beginning. A value
			// that can't be read belongs to this trace if its key does.
			notification, err := s.parse(v)
			mine := notification.BaseID == baseID
			if err != nil {
				mine = strings.HasPrefix(v.key, legacyPrefix+baseID+"_")
			}
			if mine && !yield(notification, err) {
				return
			}
		}
	}
}
