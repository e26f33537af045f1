// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel"

	"github.com/ostrace/ostrace/hmac"
)

// stranger is a server that is not a part of the cloud.
type stranger struct {
	*httptest.Server

	mu   sync.Mutex
	seen []http.Header
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := &stranger{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Header.Clone())
		s.mu.Unlock()
		if back := r.URL.Query().Get("back"); back != "" {
			http.Redirect(w, r, back, http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// last returns the header of the last request, and forgets all requests.
func (s *stranger) last(t *testing.T) http.Header {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		t.Fatal("nothing arrived")
	}
	header := s.seen[len(s.seen)-1]
	s.seen = nil
	return header
}

// cloudHeaders returns the request's headers that only the cloud may get.
func cloudHeaders(header http.Header) (found []string) {
	for _, name := range []string{hmac.HeaderInfo, hmac.HeaderHMAC, "X-OpenStack-Request-ID"} {
		if header.Get(name) != "" {
			found = append(found, name)
		}
	}
	return found
}

// Only to the cloud.
func TestOnlyTheCloudGetsTheSignedHeaders(t *testing.T) {
	p := newProgram(t)
	elsewhere := newStranger(t)
	cloud, provider := p.connect(t)
	for _, r := range from(cloud) {
		if len(cloudHeaders(r.Header)) != 3 {
			t.Errorf("authentication: %s %s has %v", r.Method, r.Path, cloudHeaders(r.Header))
		}
	}
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		to := r.URL.Query().Get("to")
		if to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		}
		return to != ""
	})
	for _, service := range []string{"identity", "image", "network", "placement", "compute", "object-store"} {
		_, _ = provider.Request(t.Context(), http.MethodGet, cloud.Endpoint(service)+"/x", &gophercloud.RequestOpts{})
		arrived := from(cloud)
		if r := arrived[len(arrived)-1]; r.Service != service || len(cloudHeaders(r.Header)) != 3 {
			t.Errorf("%s %s has %v", r.Service, r.Path, cloudHeaders(r.Header))
		}
	}

	nova := cloud.Endpoint("compute") + "/flavors"
	for name, address := range map[string]string{
		"a download link":                  elsewhere.URL + "/o?temp_url_sig=1",
		"a redirect":                       nova + "?to=" + url.QueryEscape(elsewhere.URL),
		"two redirects":                    nova + "?to=" + url.QueryEscape(nova+"?to="+url.QueryEscape(elsewhere.URL)),
		"the cloud's path":                 elsewhere.URL + "/v2.1/flavors",
		"the cloud's host as a user":       strings.Replace(elsewhere.URL, "http://", "http://"+strings.TrimPrefix(nova[:strings.LastIndex(nova, ":")], "http://")+":1@", 1),
		"the cloud's host by another name": strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			_, spans := p.under(t, func(ctx context.Context) {
				if _, err := provider.Request(ctx, method, address, &gophercloud.RequestOpts{OkCodes: []int{200}, JSONBody: map[string]any{}}); err != nil {
					t.Fatal(err)
				}
			})
			header := elsewhere.last(t)
			if found := cloudHeaders(header); len(found) != 0 {
				t.Errorf("%s, %s: %v arrived", name, method, found)
			}
			last := spans[len(spans)-1].SpanContext()
			if !strings.Contains(header.Get("traceparent"), last.SpanID().String()) {
				t.Errorf("%s, %s: traceparent is %q", name, method, header.Get("traceparent"))
			}
		}
	}

	// When it comes back to the cloud, it is signed again.
	get(t, t.Context(), provider, nova+"?to="+url.QueryEscape(elsewhere.URL+"?back="+url.QueryEscape(nova)))
	arrived := from(cloud)
	if r := arrived[len(arrived)-1]; r.Query != "" || len(cloudHeaders(r.Header)) != 3 {
		t.Errorf("back again: %s?%s has %v", r.Path, r.Query, cloudHeaders(r.Header))
	}
	if found := cloudHeaders(elsewhere.last(t)); len(found) != 0 {
		t.Errorf("on the way: %v arrived", found)
	}
}

// Only to the cloud: its endpoints have the catalog's schemes, hosts and ports,
// with any path. The tests of hosts that only look like these are in
// test/faults.
func TestEndpointsOfTheCatalog(t *testing.T) {
	for address, want := range map[string]bool{
		"https://cloud.example:8774/v2.1/servers": true,
		"https://CLOUD.example:8774/v2.1/servers": true,
		"https://cloud.example:8774":              true,
		"https://cloud.example:443/identity":      true,
		"https://cloud.example/identity/v3":       true,
		"https://user@cloud.example:8774/":        true,
		"http://cloud.example:8774/v2.1/servers":  false,
		"https://cloud.example:8775/v2.1/servers": false,
		"https://cloud.example:80/identity":       false,
	} {
		p := newProgram(t)
		provider := p.provider(t, "https://cloud.example/identity/v3")
		var header http.Header
		provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			header = r.Header
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		})
		Instrument(provider, p.options()...)
		if err := provider.SetTokenAndAuthResult(newToken("token", listed{"compute", "RegionOne", "https://cloud.example:8774/v2.1"})); err != nil {
			t.Fatal(err)
		}
		get(t, t.Context(), provider, address)
		if found := len(cloudHeaders(header)); found != 0 && found != 3 || found == 3 != want {
			t.Errorf("%s: %v", address, cloudHeaders(header))
		}
	}
}

// Only to the cloud: a Host that is not the URL's has to be in the catalog too,
// because a proxy goes by it.
func TestHostOfAnotherEndpoint(t *testing.T) {
	for host, want := range map[string]bool{
		"": true, "nova.example:8774": true, "NOVA.example:8774": true, "glance.example": true, "glance.example:9292": false, "evil.example": false,
	} {
		p := newProgram(t)
		provider := p.provider(t, "http://keystone.example/v3")
		var header http.Header
		provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			header = r.Header
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		})
		Instrument(provider, p.options()...)
		if err := provider.SetTokenAndAuthResult(newToken("token", listed{"compute", "RegionOne", "http://nova.example:8774/v2.1"}, listed{"image", "RegionOne", "http://glance.example"})); err != nil {
			t.Fatal(err)
		}
		_, spans := p.under(t, func(ctx context.Context) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://nova.example:8774/v2.1/servers", nil)
			if err != nil {
				t.Fatal(err)
			}
			if host != "" {
				r.Host = host
			}
			resp, err := provider.HTTPClient.Transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := drain(resp.Body); err != nil {
				t.Fatal(err)
			}
		})
		if found := len(cloudHeaders(header)); found != 0 && found != 3 || found == 3 != want {
			t.Errorf("%q: %v", host, cloudHeaders(header))
		}
		for _, span := range spans {
			if got := attributes(span)[ServiceTypeKey].AsString(); (got == "compute") != want {
				t.Errorf("%q: the service is %q", host, got)
			}
		}
	}
}

func TestEndpointsThatAreAdded(t *testing.T) {
	p := newProgram(t)
	added, elsewhere := newStranger(t), newStranger(t)
	none, err := WithEndpoints()
	if err != nil {
		t.Fatal(err)
	}
	more, err := WithEndpoints(added.URL+"/v1", "http://other.example")
	if err != nil {
		t.Fatal(err)
	}
	cloud, provider := p.connect(t, none, more)
	for range 2 { // the second time with another token
		_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, added.URL+"/anything") })
		if found := cloudHeaders(added.last(t)); len(found) != 3 {
			t.Errorf("only %v arrived", found)
		}
		if _, known := attributes(spans[0])[ServiceTypeKey]; known {
			t.Error("its service type is known")
		}
		get(t, t.Context(), provider, elsewhere.URL)
		if found := cloudHeaders(elsewhere.last(t)); len(found) != 0 {
			t.Errorf("elsewhere %v arrived", found)
		}
		if err := provider.Reauthenticate(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	get(t, t.Context(), provider, cloud.Endpoint("compute")+"/flavors")
}

// A program that adds a host of the catalog with WithEndpoints does not lose what
// the catalog says of it.
func TestEndpointsThatAreAddedAndListed(t *testing.T) {
	added, err := WithEndpoints("http://nova.example:8774")
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	provider := p.provider(t, "http://keystone.example/v3")
	provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	Instrument(provider, p.options(added)...)
	if err := provider.SetTokenAndAuthResult(newToken("token", listed{"compute", "RegionOne", "http://nova.example:8774/v2.1"})); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/", "/v2.1/servers", "/v3"} {
		_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, "http://nova.example:8774"+path) })
		if found := attributes(spans[0]); found[ServiceTypeKey].AsString() != "compute" || found[RegionKey].AsString() != "RegionOne" {
			t.Errorf("%q is of %v", path, found)
		}
	}
}

func TestEndpointsRefuses(t *testing.T) {
	for _, endpoint := range []string{"", "cloud.example", "ftp://cloud.example", "http://", "http://[::1", "https://u:secret@", "u:secret@cloud.example", "http:cloud.example", "http:///v3?token=secret"} {
		if _, err := WithEndpoints("http://cloud.example", endpoint); err == nil || !strings.Contains(err.Error(), "https://cloud.example:5000/v3") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

// Silence is explained: it is explained that a RoundTripper below the library
// follows redirects itself, and sends the signed headers to their targets. A
// redirect that the HTTPClient follows, or that stays in the cloud, needs no
// explanation.
func TestRedirectsAreExplained(t *testing.T) {
	said := new([]string)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { *said = append(*said, err.Error()) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	p := newProgram(t)
	elsewhere := newStranger(t)
	cloud := p.cloud(t)
	nova := cloud.Endpoint("compute") + "/flavors"
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		to := r.URL.Query().Get("to")
		if to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		}
		return to != ""
	})
	for _, below := range []bool{false, true} {
		provider := p.provider(t, cloud.AuthURL())
		if below {
			provider.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				return (&http.Client{Transport: p.base}).Do(r)
			})
		}
		Instrument(provider, p.options()...)
		authenticate(t, provider, cloud.AuthOptions())
		*said = nil
		get(t, t.Context(), provider, nova+"?to="+url.QueryEscape(cloud.Endpoint("image")+"/v2/images"))
		if len(*said) != 0 {
			t.Errorf("below %v, within the cloud: said %q", below, *said)
		}
		get(t, t.Context(), provider, nova+"?to="+url.QueryEscape(elsewhere.URL))
		if got := len(*said) == 1 && strings.Contains((*said)[0], elsewhere.URL); got != below || len(*said) > 1 {
			t.Errorf("below %v: said %q", below, *said)
		}
	}
}
