// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"hash/maphash"
	"maps"
	"sync"
	"time"
)

// rememberedTokens is the number of tokens that have a limit of their own. It
// bounds the memory that strangers can take by sending ever new tokens.
const rememberedTokens = 10_000

// budget holds the part of a policy's limits that is left. It uses the monotonic
// clock, so a change of the machine's time does not affect it.
type budget struct {
	seed  maphash.Seed
	began time.Time

	mu        sync.Mutex
	all       bucket
	tokens    map[uint64]bucket // by the hash of the token
	others    bucket            // of requests without a token, and of tokens that are not remembered
	nextSweep time.Duration     // since began
}

func newBudget() *budget {
	return &budget{seed: maphash.MakeSeed(), began: time.Now(), tokens: map[uint64]bucket{}}
}

type withinBudget int

const (
	withinLimits withinBudget = iota
	overLimit
	overTokenLimit
)

// take takes one request of a token out of the budget, if it is within both
// limits.
func (b *budget) take(token string, perMinute, perToken int) withinBudget {
	if perMinute == 0 && perToken == 0 {
		return withinLimits
	}
	var hash uint64
	if perToken > 0 && token != "" {
		hash = maphash.String(b.seed, token)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Since(b.began)
	ofToken, remembered := b.others, false
	if perToken > 0 && token != "" {
		ofToken, remembered = b.ofToken(hash, now)
	}
	ofTokenThen, ok := ofToken.take(now, perToken)
	if !ok {
		return overTokenLimit
	}
	allThen, ok := b.all.take(now, perMinute)
	if !ok {
		return overLimit
	}
	b.all = allThen
	if remembered {
		b.tokens[hash] = ofTokenThen
	} else {
		b.others = ofTokenThen
	}
	return withinLimits
}

// ofToken returns the bucket of a token. If the token has no bucket of its own
// and there is no room for another one, it returns the bucket that such tokens
// share, and false.
func (b *budget) ofToken(hash uint64, now time.Duration) (bucket, bool) {
	own, found := b.tokens[hash]
	if found || len(b.tokens) < rememberedTokens {
		return own, true
	}
	if now >= b.nextSweep { // a sweep takes a tenth of a millisecond
		b.nextSweep = now + time.Second
		maps.DeleteFunc(b.tokens, func(_ uint64, of bucket) bool { return time.Duration(of) <= now })
		if len(b.tokens) < rememberedTokens {
			return 0, true
		}
	}
	return b.others, false
}

// bucket is a token bucket that fills within a minute. It is stored as the time,
// since the budget began, at which the bucket is full. The zero bucket is full.
type bucket time.Duration

// take takes one of the perMinute requests out of the bucket, and returns the
// bucket that is left. It returns false if the bucket is empty. If perMinute is
// 0, there is no limit.
func (b bucket) take(now time.Duration, perMinute int) (bucket, bool) {
	if perMinute == 0 {
		return b, true
	}
	full := max(time.Duration(b), now) + time.Minute/time.Duration(perMinute)
	if full > now+time.Minute {
		return b, false
	}
	return bucket(full), true
}
