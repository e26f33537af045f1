// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// scripted answers each request to a path with the next status of the path's
// script, and with 200 after the end of the script. Status 0 breaks the
// connection.
type scripted struct {
	*httptest.Server

	mu     sync.Mutex
	script map[string][]int
}

func newScripted(t *testing.T) *scripted {
	s := &scripted{script: map[string][]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		s.mu.Lock()
		if next := s.script[r.URL.Path]; len(next) > 0 {
			status, s.script[r.URL.Path] = next[0], next[1:]
		}
		s.mu.Unlock()
		switch {
		case status == 0:
			panic(http.ErrAbortHandler)
		case status/100 == 3:
			w.Header().Set("Location", r.URL.Path+"/moved")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte("{}"))
	}))
	s.Config.SetKeepAlivesEnabled(false) // http.Transport would send a request again that broke on a used connection
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) answers(path string, statuses ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[path] = statuses
}

// retrying returns a provider with a token, whose functions decide to send
// everything again, but at most three times.
func (p *program) retrying(t *testing.T, url string) *gophercloud.ProviderClient {
	t.Helper()
	provider := p.provider(t, url)
	provider.SetToken("token")
	provider.RetryFunc = func(_ context.Context, _, _ string, _ *gophercloud.RequestOpts, err error, failCount uint) error {
		if failCount > 3 {
			return err
		}
		return nil
	}
	provider.RetryBackoffFunc = func(context.Context, *gophercloud.ErrUnexpectedResponseCode, error, uint) error { return nil }
	provider.ReauthFunc = func(context.Context) error {
		provider.SetToken(provider.Token() + "+")
		return nil
	}
	Instrument(provider, p.options()...)
	return provider
}

func resendsOf(spans []sdktrace.ReadOnlySpan) []int64 {
	var counts []int64
	for _, s := range sentOf(spans) {
		counts = append(counts, s.resend)
	}
	return counts
}

func TestResendCounts(t *testing.T) {
	for name, test := range map[string]struct {
		script []int
		want   []int64
		fails  bool
	}{
		"at once":                       {nil, []int64{0}, false},
		"unavailable":                   {[]int{503, 503}, []int64{0, 1, 2}, false},
		"rate limited":                  {[]int{429, 498, 429}, []int64{0, 1, 2, 3}, false},
		"broken connection":             {[]int{0, 0, 503}, []int64{0, 1, 2, 3}, false},
		"rate limited, unavailable":     {[]int{429, 503, 0}, []int64{0, 1, 2, 3}, false},
		"token renewed":                 {[]int{401}, []int64{0, 1}, false},
		"token renewed between":         {[]int{503, 401, 503}, []int64{0, 1, 2, 3}, false},
		"token renewed, still refused":  {[]int{401, 401}, []int64{0, 1, 2}, false},
		"token renewed, bad request":    {[]int{401, 400}, []int64{0, 1, 2}, false},
		"given up":                      {[]int{503, 503, 503, 503}, []int64{0, 1, 2, 3}, true},
		"given up after a token":        {[]int{401, 503, 503, 503, 503}, []int64{0, 1, 2, 3, 4}, true},
		"redirected":                    {[]int{302}, []int64{0, 1}, false},
		"redirected when it's resent":   {[]int{503, 302}, []int64{0, 1, 2}, false},
		"redirected after a new token":  {[]int{401, 302}, []int64{0, 1, 2}, false},
		"redirected in vain, then well": {[]int{302, 302}, []int64{0, 1, 1, 2}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			server := newScripted(t)
			provider := p.retrying(t, server.URL)
			for range 2 { // both times are the same, because no count is left
				server.answers("/v3/things", test.script...)
				if strings.Contains(name, "in vain") {
					server.answers("/v3/things/moved", 503)
				}
				_, spans := p.under(t, func(ctx context.Context) {
					_, err := provider.Request(ctx, http.MethodGet, server.URL+"/v3/things", &gophercloud.RequestOpts{})
					if (err != nil) != test.fails {
						t.Errorf("got %v", err)
					}
					if _, err := provider.Request(ctx, http.MethodGet, server.URL+"/v3/things", &gophercloud.RequestOpts{}); err != nil {
						t.Errorf("what came after it: %v", err)
					}
				})
				if got, want := resendsOf(spans), append(slices.Clone(test.want), 0); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
			if left := transportOf(provider).resends.waiting; len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

// A token that is refused after a redirect is renewed for the request that
// gophercloud made.
func TestResendCountWhereTheRedirectedIsRefused(t *testing.T) {
	p := newProgram(t)
	server := newScripted(t)
	provider := p.retrying(t, server.URL)
	server.answers("/v3/things", 302, 302)
	server.answers("/v3/things/moved", 401)
	_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, server.URL+"/v3/things") })
	if got, want := resendsOf(spans), []int64{0, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A renewal that is sent again is still a renewal.
func TestResendCountWhenTheRenewalIsResent(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	provider.RetryFunc = func(context.Context, string, string, *gophercloud.RequestOpts, error, uint) error { return nil }
	Instrument(provider, p.options()...)
	authenticate(t, provider, cloud.AuthOptions())
	cloud.RevokeTokens()
	var refused atomic.Bool
	cloud.Intercept(func(service string, w http.ResponseWriter, _ *http.Request) bool {
		if service != "identity" || refused.Swap(true) {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, spans := p.under(t, func(ctx context.Context) {
		get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors")
	})
	want := []sent{{"GET /v2.1/flavors", 401, 0}, {"POST /v3/auth/tokens", 503, 0}, {"POST /v3/auth/tokens", 201, 1}, {"GET /v2.1/flavors", 200, 1}}
	if got := sentOf(spans); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestResendCountsOfManyAtOnce(t *testing.T) {
	p := newProgram(t)
	server := newScripted(t)
	provider := p.retrying(t, server.URL)
	var all sync.WaitGroup
	for i := range 32 {
		path := fmt.Sprintf("/v3/things/%d", i)
		server.answers(path, 503, 429, 401, 0)
		all.Go(func() {
			_, spans := p.under(t, func(ctx context.Context) {
				if _, err := provider.Request(ctx, http.MethodGet, server.URL+path, &gophercloud.RequestOpts{}); err != nil {
					t.Error(err)
				}
			})
			if got, want := resendsOf(spans), []int64{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", path, got, want)
			}
		})
	}
	all.Wait()
	if left := transportOf(provider).resends.waiting; len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// First, do no harm: the functions are called as they would be without the
// library, and their decisions are followed.
func TestRetryFunctionsDecide(t *testing.T) {
	type key struct{}
	no := errors.New("no")
	run := func(t *testing.T, instrument bool) []string {
		p := newProgram(t)
		server := newScripted(t)
		server.answers("/v3/things", 503, 0, 429, 503)
		provider := p.provider(t, server.URL)
		options := &gophercloud.RequestOpts{MoreHeaders: map[string]string{"X-Mine": "yes"}}
		var calls []string
		note := func(ctx context.Context, format string, args ...any) {
			calls = append(calls, strings.ReplaceAll(fmt.Sprint(ctx.Value(key{}), " ", fmt.Sprintf(format, args...)), server.URL, ""))
		}
		provider.RetryFunc = func(ctx context.Context, method, url string, o *gophercloud.RequestOpts, err error, failCount uint) error {
			note(ctx, "retry %s %s %v %T %d", method, url, o == options, err, failCount)
			if failCount == 4 {
				return no
			}
			return nil
		}
		provider.RetryBackoffFunc = func(ctx context.Context, response *gophercloud.ErrUnexpectedResponseCode, err error, retries uint) error {
			note(ctx, "backoff %v %v %d", response, err, retries)
			return nil
		}
		if instrument {
			Instrument(provider, p.options()...)
		}
		resp, err := provider.Request(context.WithValue(t.Context(), key{}, "mine"), http.MethodGet, server.URL+"/v3/things", options)
		if err != no { //nolint:errorlint // the same error, and not one that wraps it
			t.Errorf("got %v", err)
		}
		return append(calls, strconv.Itoa(resp.StatusCode))
	}
	var without, with []string
	t.Run("without", func(t *testing.T) { without = run(t, false) })
	t.Run("with", func(t *testing.T) { with = run(t, true) })
	if !slices.Equal(with, without) || len(without) != 5 {
		t.Errorf("without:\n%s\nwith:\n%s", strings.Join(without, "\n"), strings.Join(with, "\n"))
	}
}

func TestNoRetryFunctions(t *testing.T) {
	p := newProgram(t)
	server := newScripted(t)
	server.answers("/v3/things", 503)
	provider := p.provider(t, server.URL)
	Instrument(provider, p.options()...)
	if provider.RetryFunc != nil || provider.RetryBackoffFunc != nil {
		t.Error("nil became a function")
	}
	if _, err := provider.Request(t.Context(), http.MethodGet, server.URL+"/v3/things", &gophercloud.RequestOpts{}); !gophercloud.ResponseCodeIs(err, 503) {
		t.Errorf("got %v", err)
	}
}

// A program that does not send requests again leaves little in memory.
func TestResendsAreBounded(t *testing.T) {
	s := newResends()
	provider := &gophercloud.ProviderClient{ReauthFunc: func(context.Context) error { return nil }}
	full := false
	for i := range 10 * maxWaiting {
		url := fmt.Sprintf("http://cloud.example/%d", i/3)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		r.Header.Set("X-Auth-Token", "token")
		s.after(&call{Context: t.Context(), request: r}, &http.Response{StatusCode: http.StatusUnauthorized}, provider)
		s.decide(t.Context(), http.MethodGet, url, 1, true)
		// When there are too many, those of one request are forgotten.
		pending := s.pending.Load()
		full = full || pending == maxWaiting
		if pending > maxWaiting || full && pending < maxWaiting-10 {
			t.Fatalf("%d wait", pending)
		}
	}
	waiting := 0
	for _, w := range s.waiting {
		waiting += len(w)
	}
	if !full || waiting != int(s.pending.Load()) {
		t.Errorf("%d wait, %d are counted", waiting, s.pending.Load())
	}
}

// Only a request for a token renews one. Requests that wait for a new token go on
// waiting if Keystone refuses any other request.
func TestOnlyARenewalFailsForThoseWhoWait(t *testing.T) {
	provider := &gophercloud.ProviderClient{ReauthFunc: func(context.Context) error { return nil }}
	newCall := func(method, url, token, serviceType string) *call {
		r := httptest.NewRequestWithContext(t.Context(), method, url, nil)
		if token != "" {
			r.Header.Set("X-Auth-Token", token)
		}
		return &call{Context: t.Context(), request: r, endpoint: &endpoint{serviceType: serviceType}}
	}
	flavors := func(token string) *call {
		return newCall(http.MethodGet, "http://nova.example/flavors", token, "compute")
	}
	for name, test := range map[string]struct {
		failed *call
		want   int
	}{
		"a request for a token":       {newCall(http.MethodPost, "http://keystone.example/v3/auth/tokens", "", "identity"), 0},
		"a request with a token":      {newCall(http.MethodPost, "http://keystone.example/v3/projects", "old", "identity"), 1},
		"a request without one":       {newCall(http.MethodGet, "http://keystone.example/v3", "", "identity"), 1},
		"to another service":          {newCall(http.MethodPost, "http://nova.example/servers", "", "compute"), 1},
		"to what is not in the cloud": {&call{Context: t.Context(), request: httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://other.example", nil)}, 1},
	} {
		s := newResends()
		s.after(flavors("old"), &http.Response{StatusCode: http.StatusUnauthorized}, provider)
		s.after(test.failed, &http.Response{StatusCode: http.StatusConflict}, provider)
		if got := s.of(flavors("old")); got.count != 0 {
			t.Errorf("%s: a request with the old token was sent %d times before", name, got.count)
		}
		if got := s.of(flavors("new")); got.count != test.want {
			t.Errorf("%s: the request with the new token was sent %d times before, want %d", name, got.count, test.want)
		}
	}
}
