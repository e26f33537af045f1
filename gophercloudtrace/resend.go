// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/internal/redirect"
)

// resends tells which requests are about to be sent again, and how often a
// request was sent before. gophercloud makes a new request for each attempt, so
// an attempt is identified by its span's parent, its method and its URL. If
// several attempts have the same at one time, any of them is taken for the one
// that is sent again.
type resends struct {
	pending        atomic.Int32 // the number in waiting; if it is 0, requests do not take the lock
	mu             sync.Mutex
	waiting        map[attempt][]waiting
	failedRenewals int
}

type attempt struct {
	traceID     trace.TraceID
	spanID      trace.SpanID
	method, url string
}

// resend describes a request that is sent again. The zero resend is for a
// request that is sent for the first time.
type resend struct {
	count int // how often it was sent before
	// renewed says that the token was renewed for it. gophercloud does that
	// once for a request.
	renewed bool
}

// waiting is a request that is about to be sent again.
type waiting struct {
	resend
	// refused is the token that was refused, with which the request is not sent
	// again. failedRenewals is the number of renewals that had failed by then.
	refused        string
	failedRenewals int
	// undecided says that the provider's RetryFunc or RetryBackoffFunc has not
	// been called yet.
	undecided bool
}

// maxWaiting limits the memory for requests that are never sent again.
const maxWaiting = 1024

func newResends() *resends { return &resends{waiting: map[attempt][]waiting{}} }

func attemptOf(ctx context.Context, method, url string) attempt {
	parent := trace.SpanContextFromContext(ctx)
	return attempt{parent.TraceID(), parent.SpanID(), method, url}
}

// attempt returns the identity of c, which is that of the request that
// gophercloud made. Redirects may have led from that to this request.
func (c *call) attempt() attempt {
	first, _ := redirect.Chain(c.request)
	if first == nil {
		first = c.request
	}
	return attemptOf(c.Context, first.Method, first.URL.String())
}

// of returns the resend of the call's request.
func (s *resends) of(c *call) resend {
	if first, redirects := redirect.Chain(c.request); redirects > 0 {
		var r resend
		if first != nil {
			if from := callFrom(first.Context()); from != nil {
				r = from.resend
			}
		}
		r.count += redirects
		return r
	}
	if s.pending.Load() == 0 {
		return resend{}
	}
	key, token := c.attempt(), c.request.Header.Get("X-Auth-Token")
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.waiting[key]
	i := slices.IndexFunc(all, func(w waiting) bool { return !w.undecided && (w.refused == "" || w.refused != token) })
	if i < 0 {
		// A request that was refused with this token, and waited for a renewal
		// that failed, is not sent again: while a token is renewed, no request
		// is sent with the old one.
		s.set(key, slices.DeleteFunc(all, func(w waiting) bool { return w.refused == token && w.failedRenewals < s.failedRenewals }))
		return resend{}
	}
	r := all[i].resend
	s.set(key, slices.Delete(all, i, i+1))
	return r
}

// after records how the call ended.
func (s *resends) after(c *call, resp *http.Response, p *gophercloud.ProviderClient) {
	if p == nil {
		return // without a provider, renewals and retries are not known
	}
	status := 0
	if resp != nil {
		status = resp.StatusCode
		if status < http.StatusBadRequest {
			return
		}
	}
	token := c.request.Header.Get("X-Auth-Token")
	switch {
	case token == "" && c.request.Method == http.MethodPost && c.endpoint != nil && c.endpoint.serviceType == "identity":
		s.mu.Lock()
		s.failedRenewals++
		s.mu.Unlock()
	case status == http.StatusUnauthorized && token != "" && p.ReauthFunc != nil && !c.resend.renewed:
		s.mu.Lock()
		s.add(c.attempt(), waiting{resend: resend{c.resend.count + 1, true}, refused: token, failedRenewals: s.failedRenewals})
		s.mu.Unlock()
	case c.resend.renewed && p.RetryFunc != nil:
		s.mu.Lock()
		s.add(c.attempt(), waiting{resend: resend{c.resend.count + 1, true}, undecided: true})
		s.mu.Unlock()
	}
}

// decide records whether gophercloud is about to send a request again that
// failed for the failCount-th time. Renewals are not counted as failures.
func (s *resends) decide(ctx context.Context, method, rawURL string, failCount uint, again bool) {
	if !again && s.pending.Load() == 0 {
		return
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return
	}
	key := attemptOf(ctx, method, u.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	r := resend{count: int(min(failCount, 1<<30))}
	all := s.waiting[key]
	if i := slices.IndexFunc(all, func(w waiting) bool { return w.undecided }); i >= 0 {
		r = all[i].resend
		s.set(key, slices.Delete(all, i, i+1))
	}
	if again {
		s.add(key, waiting{resend: r})
	}
}

// add adds a waiting request. The caller holds s.mu.
func (s *resends) add(key attempt, w waiting) {
	if s.pending.Load() >= maxWaiting {
		for other := range s.waiting {
			s.set(other, nil)
			break
		}
	}
	s.set(key, append(s.waiting[key], w))
}

// set sets the waiting requests of a key. The caller holds s.mu.
func (s *resends) set(key attempt, all []waiting) {
	s.pending.Add(int32(len(all) - len(s.waiting[key])))
	if len(all) == 0 {
		delete(s.waiting, key)
		return
	}
	s.waiting[key] = all
}
