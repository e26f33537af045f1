// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

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

// all yields the traces in both layouts, with one SCAN. A trace that is in both,
// because OSProfiler was upgraded while it was written, is yielded as its list
// has it.
func (s *Store) all(ctx context.Context) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		var old legacy
		for page, err := range ahead(ctx, s.pages) {
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			for summary, err := range s.summaries(page, &old) {
				if !yield(summary, err) {
					return
				}
			}
		}
		s.onlyLists.Store(!old.found)
		for ids := range slices.Chunk(old.ids(), atOnce) {
			lists, err := s.haveLists(ctx, ids)
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			for i, id := range ids {
				if !lists[i] && !yield(old.traces[id], nil) {
					return
				}
			}
		}
	}
}

// page has keys with the answers about them: for each list those to LLEN, LINDEX
// -1 and LINDEX 0, and for each key of the oldest layout that to GET.
type page struct {
	keys    []string
	answers []redis.Cmder
}

// pages yields the keys of all traces. Nothing follows an error.
func (s *Store) pages(ctx context.Context) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		for keys, err := range s.keys(ctx, anyPrefix) {
			var answers []redis.Cmder
			if err == nil {
				answers, err = s.pipeline(ctx, func(p redis.Pipeliner) {
					for _, key := range keys {
						switch {
						case strings.HasPrefix(key, listPrefix):
							p.LLen(ctx, key)
							p.LIndex(ctx, key, -1)
							p.LIndex(ctx, key, 0)
						case strings.HasPrefix(key, legacyPrefix):
							p.Get(ctx, key)
						}
					}
				})
			}
			if !yield(page{keys, answers}, err) || err != nil {
				return
			}
		}
	}
}

// summaries yields the traces whose lists are in a page. It adds the keys of the
// oldest layout to old. All errors are about one trace.
func (s *Store) summaries(p page, old *legacy) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		for _, key := range p.keys {
			var summary points.TraceSummary
			var err error
			found := false
			switch {
			case strings.HasPrefix(key, listPrefix):
				summary, found, err = s.summary(key, [3]redis.Cmder(p.answers))
				p.answers = p.answers[3:]
			case strings.HasPrefix(key, legacyPrefix):
				err = old.add(s, key, p.answers[0])
				found = err != nil
				p.answers = p.answers[1:]
			}
			if found && !yield(summary, err) {
				return
			}
		}
	}
}

// summary reads the answers to LLEN, LINDEX -1 and LINDEX 0. It reports false
// for a list that has expired.
func (s *Store) summary(key string, answers [3]redis.Cmder) (summary points.TraceSummary, found bool, err error) {
	summary.BaseID = baseID(key, listPrefix)
	length, err := answers[0].(*redis.IntCmd).Result()
	if err != nil {
		return summary, true, s.wrongType(key, "list")
	}
	first, err := answers[1].(*redis.StringCmd).Bytes()
	if errors.Is(err, redis.Nil) {
		return summary, false, nil
	}
	last, _ := answers[2].(*redis.StringCmd).Bytes()
	if summary, err = points.Summarize(summary.BaseID, int(length), first, last); err != nil {
		err = s.unreadable(key, err)
	}
	return summary, true, err
}

// haveLists reports which of the traces have a list.
func (s *Store) haveLists(ctx context.Context, ids []string) ([]bool, error) {
	commands, err := s.pipeline(ctx, func(p redis.Pipeliner) {
		for _, id := range ids {
			p.Exists(ctx, listPrefix+id)
		}
	})
	if err != nil {
		return nil, err
	}
	have := make([]bool, len(ids))
	for i, command := range commands {
		have[i] = command.(*redis.IntCmd).Val() > 0
	}
	return have, nil
}

// legacy has the traces of the oldest layout, which has a key for each
// notification.
type legacy struct {
	found  bool // there is a key
	seen   seen
	traces map[string]points.TraceSummary
}

// add adds a notification, which is the answer to GET, to its trace.
func (l *legacy) add(s *Store, key string, answer redis.Cmder) error {
	if !l.found {
		l.found, l.seen, l.traces = true, newSeen(), make(map[string]points.TraceSummary)
	}
	v, exists := s.value(key, answer)
	if !exists || l.seen.before(key) {
		return nil
	}
	n, err := s.parse(v)
	if err != nil {
		return err
	}
	summary, found := l.traces[n.BaseID]
	if !found || n.Timestamp.Before(summary.Timestamp) {
		summary.Timestamp, summary.Operation = n.Timestamp, n.Operation()
	}
	if n.Timestamp.After(summary.Newest) {
		summary.Newest = n.Timestamp
	}
	summary.BaseID = n.BaseID
	summary.Notifications++
	l.traces[n.BaseID] = summary
	return nil
}

func (l *legacy) ids() []string { return slices.Collect(maps.Keys(l.traces)) }

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
