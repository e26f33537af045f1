// SPDX-License-Identifier: Apache-2.0

package cloudtrace

import (
	"hash/maphash"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// retryWindow is how long a program may wait before it tries again.
	retryWindow = 2 * time.Minute
	// maxFailed bounds the number of failed requests that are remembered.
	maxFailed = 1024
)

// retries remembers the requests that failed in a way after which programs send
// them again.
type retries struct {
	seed maphash.Seed

	mu     sync.Mutex
	failed map[attempt][]failure
	number int // the number of failures in failed
}

type attempt struct{ method, url string }

type failure struct {
	at    time.Time
	count int // how often the request was sent before
	// refused is the hash of the token that was refused, or 0.
	refused uint64
}

func newRetries() *retries {
	return &retries{seed: maphash.MakeSeed(), failed: map[attempt][]failure{}}
}

// before returns how often a request was sent before.
func (r *retries) before(request *http.Request) int {
	key, now := attempt{request.Method, request.URL.String()}, time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.failed[key]
	if len(all) == 0 {
		return 0
	}
	token := r.token(request)
	recent := slices.DeleteFunc(slices.Clone(all), func(f failure) bool { return now.Sub(f.at) > retryWindow })
	count := 0
	if i := slices.IndexFunc(recent, func(f failure) bool { return f.refused == 0 || f.refused != token }); i >= 0 {
		count = recent[i].count + 1
		recent = slices.Delete(recent, i, i+1)
	}
	r.set(key, recent)
	return count
}

// after notes the result of a request that was sent count times before. response
// is nil if there was no answer.
func (r *retries) after(request *http.Request, count int, response *http.Response) {
	f := failure{at: time.Now(), count: count}
	if response != nil {
		switch response.StatusCode {
		case http.StatusUnauthorized:
			if f.refused = r.token(request); f.refused == 0 {
				return // a wrong password
			}
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, statusRateLimited,
			http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		default:
			return
		}
	}
	key := attempt{request.Method, request.URL.String()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.number >= maxFailed {
		clear(r.failed)
		r.number = 0
	}
	r.set(key, append(slices.Clone(r.failed[key]), f))
}

// statusRateLimited is the status that Swift answers instead of 429.
const statusRateLimited = 498

// set sets the failures of a request. The caller holds r.mu.
func (r *retries) set(key attempt, all []failure) {
	r.number += len(all) - len(r.failed[key])
	if len(all) == 0 {
		delete(r.failed, key)
		return
	}
	r.failed[key] = all
}

// token returns a hash of a request's token, because the token itself must not be
// kept. It returns 0 if there is no token.
func (r *retries) token(request *http.Request) uint64 {
	token := request.Header.Get("X-Auth-Token")
	if token == "" {
		return 0
	}
	return max(maphash.String(r.seed, token), 1)
}
