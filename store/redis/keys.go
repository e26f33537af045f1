// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// The beginnings of OSProfiler's keys; the base_id follows.
const (
	listPrefix   = "osprofiler_opt:"
	errorPrefix  = "osprofiler_error:"
	legacyPrefix = "osprofiler:"
)

// atOnce is for how many keys the commands of one pipeline ask.
const atOnce = 100

// keys yields the keys that begin with the prefix, each once, some at a time.
// Redis can name a key twice; of what it named, a hash is kept. A server that
// never comes to the end of its keys is not asked for ever.
func (s *Store) keys(ctx context.Context, prefix string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		seed, seen := maphash.MakeSeed(), make(map[uint64]struct{})
		type page struct {
			keys []string
			next uint64
		}
		var progress limit.Progress
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			p, err := await(ctx, func() (p page, err error) {
				p.keys, p.next, err = s.client.Scan(ctx, cursor, escapeGlob(prefix)+"*", 1000).Result()
				return p, err
			})
			if err != nil {
				yield(nil, s.where.Wrap(err))
				return
			}
			cursor = p.next
			unseen := slices.DeleteFunc(p.keys, func(key string) bool {
				hash := maphash.String(seed, key)
				_, found := seen[hash]
				seen[hash] = struct{}{}
				return found
			})
			err = cmp.Or(s.limits.Count(len(seen)), progress.Answer(s.limits, len(unseen) > 0))
			if err != nil {
				yield(nil, s.where.Wrap(err))
				return
			}
			for keys := range slices.Chunk(unseen, atOnce) {
				if !yield(keys, nil) {
					return
				}
			}
		}
	}
}

var globEscapes = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// escapeGlob returns a pattern that matches the text alone.
func escapeGlob(text string) string { return globEscapes.Replace(text) }

// pipeline runs commands in one go, and returns them.
func (s *Store) pipeline(ctx context.Context, commands func(redis.Pipeliner)) ([]redis.Cmder, error) {
	done, err := await(ctx, func() ([]redis.Cmder, error) {
		done, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			commands(p)
			return nil
		})
		if err != nil && isAboutKey(err) {
			err = nil // it is in the command
		}
		return done, err
	})
	if err == nil {
		for _, command := range done {
			if err := command.Err(); err != nil && !isAboutKey(err) {
				return nil, s.where.Wrap(err)
			}
		}
	}
	return done, s.where.Wrap(err)
}

// isAboutKey tells whether an answer says no more than that one key holds
// nothing, or something else.
func isAboutKey(err error) bool {
	return errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE")
}

// wrongType is the error for a key that holds what OSProfiler does not store
// there.
func (s *Store) wrongType(key, want string) error {
	return s.where.Wrap(fmt.Errorf("%w: the key %q holds no %s", points.ErrUnreadable, key, want))
}

// baseID returns the base_id that follows a prefix in a key, as valid UTF-8, which
// a key need not be.
func baseID(key, prefix string) string {
	return strings.ToValidUTF8(strings.TrimPrefix(key, prefix), "\ufffd")
}
