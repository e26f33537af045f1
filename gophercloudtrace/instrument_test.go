// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"

	"github.com/ostrace/ostrace/hmac"
)

// One trace; the bridge: one call instruments a program. Each request has a
// span, is signed with the span's ids, and carries them in traceparent.
func TestInstrument(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	Instrument(provider, p.options()...)
	parent, spans := p.under(t, func(ctx context.Context) {
		if err := openstack.Authenticate(ctx, provider, cloud.AuthOptions()); err != nil {
			t.Fatal(err)
		}
		if _, err := flavors.Get(ctx, compute(t, provider), "42").Extract(); err != nil {
			t.Fatal(err)
		}
	})
	arrived := from(cloud)
	// gophercloud asks for Nova's version with context.TODO().
	if len(spans) != 2 || len(arrived) < 2 {
		t.Fatalf("%d spans, %d requests", len(spans), len(arrived))
	}
	for i, r := range []int{0, len(arrived) - 1} {
		span, r := spans[i].SpanContext(), arrived[r]
		if !r.Signed || r.Trace != signedFor(span) || r.GlobalID != "req-"+signedFor(parent).BaseID {
			t.Errorf("%s %s: signed %+v, %q", r.Method, r.Path, r.Trace, r.GlobalID)
		}
		if got, want := r.Header.Get("traceparent"), "00-"+span.TraceID().String()+"-"+span.SpanID().String()+"-01"; got != want {
			t.Errorf("traceparent is %q, want %q", got, want)
		}
	}
}

// A request never gets two spans, however often Instrument is called, and
// around which RoundTripper.
func TestInstrumentTwice(t *testing.T) {
	around := func(provider *gophercloud.ProviderClient) {
		base := provider.HTTPClient.Transport
		provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("X-Mine", "yes")
			return base.RoundTrip(r)
		})
	}
	for name, instrument := range map[string]func(p *program, provider *gophercloud.ProviderClient){
		"once": func(p *program, provider *gophercloud.ProviderClient) {
			around(provider)
			Instrument(provider, p.options()...)
		},
		"in a row": func(p *program, provider *gophercloud.ProviderClient) {
			around(provider)
			Instrument(provider, p.options()...)
			Instrument(provider)
		},
		"around another RoundTripper": func(p *program, provider *gophercloud.ProviderClient) {
			Instrument(provider, p.options()...)
			around(provider)
			Instrument(provider, p.options()...)
			around(provider)
			Instrument(provider, p.options()...)
		},
		"with another's HTTPClient": func(p *program, provider *gophercloud.ProviderClient) {
			around(provider)
			other := *provider
			Instrument(&other, p.options()...)
			provider.HTTPClient = other.HTTPClient
			Instrument(provider, p.options()...)
		},
		"around another's HTTPClient": func(p *program, provider *gophercloud.ProviderClient) {
			other := &gophercloud.ProviderClient{HTTPClient: provider.HTTPClient, IdentityBase: "http://elsewhere.example/"}
			Instrument(other, p.options()...)
			provider.HTTPClient = other.HTTPClient
			around(provider)
			Instrument(provider, p.options()...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			cloud := p.cloud(t)
			provider := p.provider(t, cloud.AuthURL())
			failed := uint(0)
			provider.RetryFunc = func(_ context.Context, _, _ string, _ *gophercloud.RequestOpts, err error, failCount uint) error {
				failed = failCount
				return nil
			}
			instrument(p, provider)
			authenticate(t, provider, cloud.AuthOptions())
			var unavailable atomic.Bool
			cloud.Intercept(func(_ string, w http.ResponseWriter, _ *http.Request) bool {
				if unavailable.Swap(true) {
					return false
				}
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			})
			before := len(from(cloud))
			_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors") })
			if len(spans) != 2 || failed != 1 || len(p.spans.Ended()) != len(from(cloud))+1 {
				t.Fatalf("%d of %d spans are children, for %d requests", len(spans), len(p.spans.Ended()), len(from(cloud)))
			}
			for i, r := range from(cloud)[before:] {
				if r.Trace != signedFor(spans[i].SpanContext()) || r.Header.Get("X-Mine") != "yes" {
					t.Errorf("signed %+v, by way of the other RoundTripper: %q", r.Trace, r.Header.Get("X-Mine"))
				}
			}
			if got := resendsOf(spans); got[0] != 0 || got[1] != 1 {
				t.Errorf("resend counts %v", got)
			}
		})
	}
}

// Two providers that share an http.Client each sign the requests to their own
// cloud.
func TestTwoCloudsShareAnHTTPClient(t *testing.T) {
	p := newProgram(t)
	first, second := p.cloud(t), p.cloud(t)
	provider := p.provider(t, first.AuthURL())
	Instrument(provider, p.options()...)
	other := p.provider(t, second.AuthURL())
	other.HTTPClient = provider.HTTPClient
	Instrument(other, p.options()...)
	if transportOf(other).base != http.RoundTripper(p.base) {
		t.Error("the second's requests go through the first's transport")
	}
	authenticate(t, provider, first.AuthOptions())
	authenticate(t, other, second.AuthOptions())
	get(t, t.Context(), provider, first.Endpoint("compute")+"/flavors")
	get(t, t.Context(), other, second.Endpoint("compute")+"/flavors")
	for _, r := range append(from(first), from(second)...) {
		if !r.Signed {
			t.Errorf("%s %s is not signed", r.Method, r.Path)
		}
	}
	if spans, requests := len(p.spans.Ended()), len(from(first))+len(from(second)); spans != requests {
		t.Errorf("%d spans for %d requests", spans, requests)
	}
}

// A RoundTripper below the library may make its own requests with the same
// provider. They are other requests, and have their own spans.
func TestRequestsWithinARequest(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/v2.1/flavors" {
			get(t, r.Context(), provider, cloud.Endpoint("compute")+"/flavors/42")
		}
		return p.base.RoundTrip(r)
	})
	Instrument(provider, p.options()...)
	authenticate(t, provider, cloud.AuthOptions())
	_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, cloud.Endpoint("compute")+"/flavors") })
	if len(spans) != 1 || len(p.children(spans[0].SpanContext())) != 1 {
		t.Errorf("%d spans, the first with %d children", len(spans), len(p.children(spans[0].SpanContext())))
	}
}

// First, do no harm: the HTTPClient keeps its Jar, CheckRedirect and Timeout,
// and these work.
func TestHTTPClientKeepsWhatItHas(t *testing.T) {
	p := newProgram(t)
	refused := errors.New("no redirects here")
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cookie":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		case "/redirect":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/slow":
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/slow-body":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/with-cookie":
			if _, err := r.Cookie("session"); err != nil {
				w.WriteHeader(http.StatusForbidden)
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	provider := p.provider(t, server.URL)
	provider.HTTPClient.Jar = jar
	provider.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return refused }
	Instrument(provider, p.options()...)

	get(t, t.Context(), provider, server.URL+"/cookie")
	get(t, t.Context(), provider, server.URL+"/with-cookie")
	if _, err := provider.Request(t.Context(), http.MethodGet, server.URL+"/redirect", &gophercloud.RequestOpts{}); !errors.Is(err, refused) {
		t.Errorf("CheckRedirect: got %v", err)
	}
	provider.HTTPClient.Timeout = 20 * time.Millisecond
	for _, path := range []string{"/slow", "/slow-body"} {
		for name, client := range map[string]*http.Client{"without": {Transport: plain{p.base}, Timeout: provider.HTTPClient.Timeout}, "with": &provider.HTTPClient} {
			resp, err := client.Get(server.URL + path) //nolint:noctx // the Timeout is tested
			if err == nil {
				err = drain(resp.Body)
			}
			var timeout interface{ Timeout() bool }
			if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%s the library, %s: %T %v is not a timeout", name, path, err, err)
			}
			if failed := (*url.Error)(nil); path == "/slow" && !errors.As(err, &failed) {
				t.Errorf("%s the library, %s: got %T %v", name, path, err, err)
			}
		}
	}
}

// plain is a RoundTripper that is not an http.Transport, for which http.Client
// has another kind of timeout.
type plain struct{ http.RoundTripper }

func TestNoTransport(t *testing.T) {
	p := newProgram(t)
	cloud := p.cloud(t)
	provider := p.provider(t, cloud.AuthURL())
	provider.HTTPClient.Transport = nil
	Instrument(provider, p.options(WithContext(nil))...) //nolint:staticcheck // a mistake that does no harm
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	get(t, t.Context(), provider, cloud.AuthURL())
	if transportOf(provider).base != http.DefaultTransport {
		t.Error("not the default transport")
	}
}

func TestCloseIdleConnections(t *testing.T) {
	p := newProgram(t)
	_, provider := p.connect(t)
	base := &closer{RoundTripper: p.base}
	provider.HTTPClient.Transport = base
	Instrument(provider, p.options()...)
	provider.HTTPClient.CloseIdleConnections()
	if !base.closed {
		t.Error("idle connections stay open")
	}
}

type closer struct {
	http.RoundTripper
	closed bool
}

func (c *closer) CloseIdleConnections() { c.closed = true }

// Signed means sampled; first, do no harm: the cloud's answer does not depend
// on whether a request is signed, and with which key.
func TestKeysAndSampling(t *testing.T) {
	for name, test := range map[string]struct {
		options func(p *program) []Option
		sampled bool
		sent    bool
		signed  bool
	}{
		"key":       {func(p *program) []Option { return []Option{WithHMACKeys(p.key)} }, true, true, true},
		"two keys":  {func(p *program) []Option { return []Option{WithHMACKeys(p.key, newKey(t, "OTHER"))} }, true, true, true},
		"unsampled": {func(p *program) []Option { return []Option{WithHMACKeys(p.key)} }, false, false, false},
		"no key":    {func(*program) []Option { return nil }, true, false, false},
		"zero key":  {func(*program) []Option { return []Option{WithHMACKeys(hmac.Key{})} }, true, false, false},
		"wrong key": {func(*program) []Option { return []Option{WithHMACKeys(newKey(t, "WRONG"))} }, true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, sampling(test.sampled))
			cloud := p.cloud(t)
			provider := p.provider(t, cloud.AuthURL())
			Instrument(provider, append(test.options(p), WithTracerProvider(p.tracer), WithPropagators(w3c))...)
			authenticate(t, provider, cloud.AuthOptions())
			if flavor, err := flavors.Get(t.Context(), compute(t, provider), "42").Extract(); err != nil || flavor.Name != "m1.nano" {
				t.Errorf("got %+v, %v", flavor, err)
			}
			for _, r := range from(cloud) {
				if sent := r.Header.Get(hmac.HeaderInfo) != "" && r.Header.Get(hmac.HeaderHMAC) != ""; sent != test.sent || r.Signed != test.signed {
					t.Errorf("%s %s: sent %v, signed %v", r.Method, r.Path, sent, r.Signed)
				}
				if r.GlobalID == "" {
					t.Errorf("%s %s has no global request id", r.Method, r.Path)
				}
			}
		})
	}
}
