package gophercloudtrace

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// resends counts how often a request was sent before. gophercloud makes each
// attempt a request of its own, so an attempt is known by its span's parent,
// its method and its URL, and by what happened last to those.
type resends struct {
	pending atomic.Int32 // the number of entries: where there are none, nobody waits for the lock
	mu      sync.Mutex
	failed  map[attempt]*failure
}

type attempt struct {
	traceID     trace.TraceID
	spanID      trace.SpanID
	method, url string
}

// failure is what is known of a request that did not succeed.
type failure struct {
	resends  int
	expected bool   // it is about to be sent again
	token    string // with another token than this
	renewed  bool   // it was, once
}

// maxFailures bounds what is remembered of requests that were never sent again.
const maxFailures = 256

func newResends() *resends { return &resends{failed: map[attempt]*failure{}} }

func attemptOf(ctx context.Context, method, url string) attempt {
	parent := trace.SpanContextFromContext(ctx)
	return attempt{parent.TraceID(), parent.SpanID(), method, url}
}

// expect notes that gophercloud is about to send a request again, for the
// failCount-th time.
func (s *resends) expect(ctx context.Context, method, rawURL string, failCount uint) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.entry(attemptOf(ctx, method, u.String()))
	if !f.expected {
		f.expected, f.token = true, ""
		f.resends = max(f.resends+1, int(min(failCount, 1<<30)))
	}
}

// of returns the number of times that r was sent before.
func (s *resends) of(ctx context.Context, r *http.Request) int {
	if r.Response != nil {
		if r.Response.Request == nil {
			return 1
		}
		redirected := callFrom(r.Response.Request.Context())
		if redirected == nil {
			return 1
		}
		return redirected.resends + 1
	}
	if s.pending.Load() == 0 {
		return 0
	}
	key := attemptOf(ctx, r.Method, r.URL.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.failed[key]
	if f == nil {
		return 0
	}
	if !f.expected || f.token != "" && f.token == r.Header.Get("X-Auth-Token") {
		s.forget(key)
		return 0
	}
	f.expected = false
	return f.resends
}

// after notes how an attempt ended.
func (s *resends) after(ctx context.Context, r *http.Request, resp *http.Response, renewsTokens bool) {
	unauthorized := resp != nil && resp.StatusCode == http.StatusUnauthorized && renewsTokens && r.Header.Get("X-Auth-Token") != ""
	succeeded := resp != nil && resp.StatusCode < http.StatusBadRequest
	if !unauthorized && (!succeeded || s.pending.Load() == 0) {
		return
	}
	key := attemptOf(ctx, r.Method, r.URL.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	if succeeded {
		s.forget(key)
		return
	}
	// gophercloud renews the token once for a request, and sends it again.
	if f := s.entry(key); !f.renewed {
		f.resends++
		f.expected, f.renewed, f.token = true, true, r.Header.Get("X-Auth-Token")
	}
}

// entry returns what is known of an attempt, with s.mu held.
func (s *resends) entry(key attempt) *failure {
	f := s.failed[key]
	if f == nil {
		if len(s.failed) >= maxFailures {
			for any := range s.failed {
				s.forget(any)
				break
			}
		}
		f = &failure{}
		s.failed[key] = f
		s.pending.Store(int32(len(s.failed)))
	}
	return f
}

// forget drops an attempt, with s.mu held.
func (s *resends) forget(key attempt) {
	delete(s.failed, key)
	s.pending.Store(int32(len(s.failed)))
}
