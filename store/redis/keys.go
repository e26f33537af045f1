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

// The prefixes of OSProfiler's keys. The base_id follows them. anyPrefix is what
// they have in common.
const (
	listPrefix   = "osprofiler_opt:"
	errorPrefix  = "osprofiler_error:"
	legacyPrefix = "osprofiler:"
	anyPrefix    = "osprofiler"
)

// atOnce is the number of keys for which the commands of one pipeline ask.
const atOnce = 100

// keys yields the keys that begin with the prefix, some at a time. It asks with
// SCAN, which does not block the server. Redis can name a key twice if the
// number of its keys changes meanwhile. The limits end the reading of a server
// that never comes to the end of its keys.
func (s *Store) keys(ctx context.Context, prefix string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		type page struct {
			keys []string
			next uint64
		}
		var progress limit.Progress
		count := 0
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
			count += len(p.keys)
			if err := cmp.Or(s.limits.Count(count), progress.Answer(s.limits, len(p.keys) > 0)); err != nil {
				yield(nil, s.where.Wrap(err))
				return
			}
			for keys := range slices.Chunk(p.keys, atOnce) {
				if !yield(keys, nil) {
					return
				}
			}
		}
	}
}

// seen remembers keys by their hashes.
type seen struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newSeen() seen { return seen{maphash.MakeSeed(), make(map[uint64]struct{})} }

// before reports whether the key was asked for before.
func (s seen) before(key string) bool {
	hash := maphash.String(s.seed, key)
	_, found := s.hashes[hash]
	s.hashes[hash] = struct{}{}
	return found
}

var globEscapes = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// escapeGlob returns a pattern that matches only the text.
func escapeGlob(text string) string { return globEscapes.Replace(text) }

// pipeline runs commands in one go, and returns them.
func (s *Store) pipeline(ctx context.Context, commands func(redis.Pipeliner)) ([]redis.Cmder, error) {
	done, err := await(ctx, func() ([]redis.Cmder, error) {
		done, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			commands(p)
			return nil
		})
		if err != nil && isAboutKey(err) {
			err = nil // the command has the error
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

// isAboutKey reports whether an answer says only that a key does not exist, or
// that it holds another type of value.
func isAboutKey(err error) bool {
	return errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE")
}

// wrongType returns the error for a key that holds a value which OSProfiler
// does not store there.
func (s *Store) wrongType(key, want string) error {
	return s.where.Wrap(fmt.Errorf("%w: the value of the key %q is not a %s", points.ErrUnreadable, key, want))
}

// baseID returns the base_id that follows a prefix in a key. It returns valid
// UTF-8, which a key need not be.
func baseID(key, prefix string) string {
	return strings.ToValidUTF8(strings.TrimPrefix(key, prefix), "\ufffd")
}
