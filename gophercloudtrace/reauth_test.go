// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// A token that has expired is renewed inside the trace of the request that was
// refused. gophercloud does that with a temporary client, whose HTTPClient is a
// copy. This tests the rule "One trace".
func TestRenewedTokenStaysInTheTrace(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	nova := compute(t, provider)
	for range 3 { // the temporary client is the same each time
		before := len(from(cloud))
		cloud.RevokeTokens()
		parent, spans := p.under(t, func(ctx context.Context) {
			if _, err := servers.List(nova, nil).AllPages(ctx); err != nil {
				t.Fatal(err)
			}
		})
		want := []sent{{"GET /v2.1/servers/detail", 401, 0}, {"POST /v3/auth/tokens", 201, 0}, {"GET /v2.1/servers/detail", 200, 1}}
		if got := sentOf(spans); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		arrived := from(cloud)[before:]
		if len(arrived) != len(want) {
			t.Fatalf("%d requests arrived", len(arrived))
		}
		for i, r := range arrived {
			if !r.Signed || r.Trace != signedFor(spans[i].SpanContext()) || r.GlobalID != "req-"+signedFor(parent).BaseID {
				t.Errorf("%s %s arrived as %+v, %q", r.Method, r.Path, r.Trace, r.GlobalID)
			}
		}
		if got := len(transportOf(provider).resends.waiting); got != 0 {
			t.Errorf("%d requests wait", got)
		}
	}
}

func TestRenewalWhileManyRequestsAreUnderWay(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	nova := compute(t, provider)
	urls := func(i int) string { return nova.ServiceURL("flavors", "42") + fmt.Sprintf("?%d", i) }
	for name, url := range map[string]func(int) string{
		"each with its own URL": urls,
		"all with the same URL": func(int) string { return urls(0) },
	} {
		t.Run(name, func(t *testing.T) {
			cloud.RevokeTokens()
			const concurrent = 16
			_, spans := p.under(t, func(ctx context.Context) {
				var all sync.WaitGroup
				for i := range concurrent {
					all.Go(func() {
						if _, err := provider.Request(ctx, http.MethodGet, url(i), &gophercloud.RequestOpts{}); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			})
			answered := map[sent]int{}
			for _, s := range sentOf(spans) {
				answered[s]++
			}
			refused := answered[sent{"GET /v2.1/flavors/{id}", 401, 0}]
			if resent := answered[sent{"GET /v2.1/flavors/{id}", 200, 1}]; refused == 0 || resent != refused {
				t.Errorf("%d requests were refused, %d were sent again", refused, resent)
			}
			if direct := answered[sent{"GET /v2.1/flavors/{id}", 200, 0}]; direct+refused != concurrent {
				t.Errorf("%d of %d requests are there: %v", direct+refused, concurrent, answered)
			}
			if got := len(transportOf(provider).resends.waiting); got != 0 {
				t.Errorf("%d requests wait", got)
			}
		})
	}
}

// A request that is refused with the new token too has failed, and the
// program's next request is not taken for the same one sent again.
func TestRefusedAfterRenewal(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	url := compute(t, provider).ServiceURL("servers")
	cloud.Intercept(func(service string, w http.ResponseWriter, _ *http.Request) bool {
		if service == "compute" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return service == "compute"
	})
	_, spans := p.under(t, func(ctx context.Context) {
		if _, err := provider.Request(ctx, http.MethodGet, url, &gophercloud.RequestOpts{}); err == nil {
			t.Error("no error")
		}
		cloud.Intercept(nil)
		get(t, ctx, provider, url)
	})
	want := []sent{{"GET /v2.1/servers", 401, 0}, {"POST /v3/auth/tokens", 201, 0}, {"GET /v2.1/servers", 401, 1}, {"GET /v2.1/servers", 200, 0}}
	if got := sentOf(spans); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// After a failed renewal the next request is not taken for one that is sent
// again.
func TestFailedRenewal(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	url := compute(t, provider).ServiceURL("servers")
	cloud.RevokeTokens()
	cloud.Intercept(func(service string, w http.ResponseWriter, _ *http.Request) bool {
		if service == "identity" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return service == "identity"
	})
	_, spans := p.under(t, func(ctx context.Context) {
		_, err := provider.Request(ctx, http.MethodGet, url, &gophercloud.RequestOpts{})
		if _, ok := err.(*gophercloud.ErrUnableToReauthenticate); !ok { //nolint:errorlint // gophercloud's own error, unwrapped
			t.Errorf("got %T %v", err, err)
		}
		cloud.Intercept(nil)
		get(t, ctx, provider, url)
		get(t, ctx, provider, url)
	})
	want := []sent{
		{"GET /v2.1/servers", 401, 0}, {"POST /v3/auth/tokens", 503, 0},
		{"GET /v2.1/servers", 401, 0}, {"POST /v3/auth/tokens", 201, 0}, {"GET /v2.1/servers", 200, 1}, {"GET /v2.1/servers", 200, 0},
	}
	if got := sentOf(spans); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A request that was on its way with the old token, while another one was
// refused with it, is not taken for the other one.
func TestRefusedBesideOneUnderWay(t *testing.T) {
	s := newResends()
	provider := &gophercloud.ProviderClient{ReauthFunc: func(context.Context) error { return nil }}
	with := func(token string) *call {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.example/v2.1/servers", nil)
		r.Header.Set("X-Auth-Token", token)
		c := &call{Context: t.Context(), request: r}
		c.resend = s.of(c)
		return c
	}
	s.after(with("old"), &http.Response{StatusCode: http.StatusUnauthorized}, provider)
	if got := with("old").resend.count; got != 0 {
		t.Errorf("the one under way was sent %d times before", got)
	}
	if got := with("new").resend.count; got != 1 {
		t.Errorf("the one that was refused was sent %d times before", got)
	}
	if got := with("new").resend.count; got != 0 {
		t.Errorf("the next was sent %d times before", got)
	}
}

func transportOf(provider *gophercloud.ProviderClient) *transport {
	return provider.HTTPClient.Transport.(*transport)
}
