// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Retention says what limits the growth of a Redis. OSProfiler's driver itself
// removes nothing.
type Retention struct {
	// UsedMemory is the memory that the server uses, in bytes. MaxMemory is its
	// option maxmemory, or 0 if there is no limit.
	UsedMemory int64 `json:"used_memory"`
	MaxMemory  int64 `json:"maxmemory"`
	// Policy is the option maxmemory-policy, such as "noeviction" or "allkeys-lru":
	// https://redis.io/docs/latest/develop/reference/eviction/.
	Policy string `json:"maxmemory_policy"`
	// Expires says whether the traces have a time to live. Up to 100 of them were
	// looked at. It is false if there are none.
	Expires bool `json:"expires"`
}

// Limited reports whether the server removes old traces: because they expire, or
// because it makes room for new ones. With a limit of the memory alone the server
// refuses new points when it is full.
func (r Retention) Limited() bool {
	return r.Expires || r.MaxMemory > 0 && strings.HasPrefix(r.Policy, "allkeys-")
}

// Retention asks the server what limits its growth. The error is that of the server
// or the context.
func (s *Store) Retention(ctx context.Context) (Retention, error) {
	text, err := await(ctx, func() (string, error) { return s.client.Info(ctx, "memory").Result() })
	if err != nil {
		return Retention{}, s.where.Wrap(err)
	}
	var r Retention
	found := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "used_memory":
			r.UsedMemory, err = strconv.ParseInt(value, 10, 64)
		case "maxmemory":
			r.MaxMemory, err = strconv.ParseInt(value, 10, 64)
			found = true
		case "maxmemory_policy":
			r.Policy = value
		}
		if err != nil {
			return Retention{}, s.where.Wrap(fmt.Errorf("%s in the server's answer to INFO is not a number", name))
		}
	}
	if !found {
		return Retention{}, s.where.Errorf("the server's answer to INFO does not say maxmemory: Redis 2.8 or later is needed")
	}
	r.Expires, err = s.expires(ctx)
	return r, err
}

// expires reports whether all traces of those that are looked at have a time to live.
func (s *Store) expires(ctx context.Context) (bool, error) {
	for keys, err := range s.keys(ctx, listPrefix) {
		if err != nil {
			return false, err
		}
		if len(keys) == 0 {
			continue
		}
		answers, err := s.pipeline(ctx, func(p redis.Pipeliner) {
			for _, key := range keys {
				p.PTTL(ctx, key)
			}
		})
		if err != nil {
			return false, err
		}
		for _, answer := range answers {
			const forever = -1 * time.Nanosecond // go-redis leaves the answers -1 and -2 as they are
			if left, err := answer.(*redis.DurationCmd).Result(); err == nil && left == forever {
				return false, nil
			}
		}
		return true, nil
	}
	return false, nil
}
