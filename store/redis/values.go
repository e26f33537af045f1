// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// value is a key with its string, or with the error that its value is not a
// string.
type value struct {
	key, text string
	err       error
}

// strings yields the keys that begin with the prefix, each once and with its
// string. Nothing follows an error.
func (s *Store) strings(ctx context.Context, prefix string) iter.Seq2[value, error] {
	return func(yield func(value, error) bool) {
		seen := newSeen()
		for keys, err := range s.keys(ctx, prefix) {
			var commands []redis.Cmder
			keys = slices.DeleteFunc(keys, seen.before)
			if err == nil && len(keys) > 0 {
				commands, err = s.pipeline(ctx, func(p redis.Pipeliner) {
					for _, key := range keys {
						p.Get(ctx, key)
					}
				})
			}
			if err != nil {
				yield(value{}, err)
				return
			}
			for i, command := range commands {
				v, found := s.value(keys[i], command)
				if found && !yield(v, nil) {
					return
				}
			}
		}
	}
}

// value reads the answer to GET. It reports false for a key that has expired.
func (s *Store) value(key string, command redis.Cmder) (v value, found bool) {
	v.key = key
	var err error
	if v.text, err = command.(*redis.StringCmd).Result(); errors.Is(err, redis.Nil) {
		return v, false
	} else if err != nil {
		v.err = s.wrongType(key, "string")
	}
	return v, true
}

// isLast reports whether nothing follows an error.
func isLast(err error) bool { return err != nil && !errors.Is(err, points.ErrUnreadable) }

// parse reads a string as a notification.
func (s *Store) parse(v value) (points.Notification, error) {
	if v.err != nil {
		return points.Notification{}, v.err
	}
	n, err := points.ParseNotification([]byte(v.text))
	if err != nil {
		err = s.unreadable(v.key, err)
	}
	return n, err
}

// unreadable adds the key to an error that is about one value.
func (s *Store) unreadable(key string, err error) error {
	if !errors.Is(err, points.ErrUnreadable) {
		err = fmt.Errorf("%w: %w", points.ErrUnreadable, err)
	}
	return s.where.Wrap(fmt.Errorf("the key %q: %w", key, err))
}
