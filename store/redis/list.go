// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// List yields the traces of the store. With [points.ErrorTraces] they have the
// timestamp of their last error, and no number of notifications.
func (s *Store) List(ctx context.Context, filter points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	if filter == points.ErrorTraces {
		return s.failed(ctx)
	}
	return s.all(ctx)
}

// all yields the traces in both layouts. A trace that is in both, because
// OSProfiler was upgraded in between, is yielded once.
func (s *Store) all(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		legacy := make(map[string]points.TraceSummary)
		for v, err := range s.strings(ctx, legacyPrefix) {
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			n, err := s.parse(v)
			if err != nil {
				if !yield(points.TraceSummary{}, err) {
					return
				}
				continue
			}
			add(legacy, n)
		}
		for summary, err := range s.lists(ctx) {
			if before, found := legacy[summary.BaseID]; found {
				delete(legacy, summary.BaseID)
				summary.Timestamp = before.Timestamp
				summary.Notifications += before.Notifications
			}
			if !yield(summary, err) || isLast(err) {
				return
			}
		}
		for _, summary := range legacy {
			if !yield(summary, nil) {
				return
			}
		}
	}
}

func add(summaries map[string]points.TraceSummary, n points.Notification) {
	summary, found := summaries[n.BaseID]
	if !found || n.Timestamp.Before(summary.Timestamp) {
		summary.Timestamp = n.Timestamp
	}
	summary.BaseID = n.BaseID
	summary.Notifications++
	summaries[n.BaseID] = summary
}

// lists yields the traces that have a list.
func (s *Store) lists(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		for keys, err := range s.keys(ctx, listPrefix) {
			var commands []redis.Cmder
			if err == nil {
				commands, err = s.pipeline(ctx, func(p redis.Pipeliner) {
					for _, key := range keys {
						p.LLen(ctx, key)
						p.LIndex(ctx, key, -1)
					}
				})
			}
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			for i, key := range keys {
				summary := points.TraceSummary{BaseID: baseID(key, listPrefix)}
				length, err := commands[2*i].(*redis.IntCmd).Result()
				if err != nil {
					err = s.wrongType(key, "list")
				} else {
					summary.Notifications = int(length)
					var first string
					first, err = commands[2*i+1].(*redis.StringCmd).Result()
					if errors.Is(err, redis.Nil) {
						continue // the key has expired
					}
					var n points.Notification
					if n, err = points.ParseNotification([]byte(first)); err != nil {
						err = s.unreadable(key, err)
					}
					summary.Timestamp = n.Timestamp
				}
				if !yield(summary, err) {
					return
				}
			}
		}
	}
}

// failed yields the traces that the services have marked.
func (s *Store) failed(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		for v, err := range s.strings(ctx, errorPrefix) {
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			summary := points.TraceSummary{BaseID: baseID(v.key, errorPrefix)}
			err := v.err
			if err == nil {
				var mark mark
				if err = json.Unmarshal([]byte(v.text), &mark); err == nil {
					summary.Timestamp, err = points.ParseTimestamp(mark.Timestamp)
				}
				if err != nil {
					err = s.unreadable(v.key, err)
				}
			}
			if !yield(summary, err) {
				return
			}
		}
	}
}

// mark is the value of an error's key.
type mark struct {
	BaseID    string `json:"base_id"`
	Timestamp string `json:"timestamp"`
}
