// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

// proxy is a plain HTTP proxy. For each host in the first line of a request it
// keeps the headers of the last request.
type proxy struct {
	*httptest.Server
	seen map[string]http.Header
}

func newProxy(t *testing.T) (*proxy, *http.Transport) {
	t.Helper()
	p := &proxy{seen: map[string]http.Header{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.seen[r.URL.Host] = r.Header.Clone()
	}))
	t.Cleanup(p.Close)
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{Proxy: http.ProxyURL(u)}
	t.Cleanup(base.CloseIdleConnections)
	return p, base
}

// Only to the cloud: with a proxy, net/http writes the Host and the Opaque part
// into the request's first line, and these decide where the request goes.
func TestTransportLooksWhereARequestGoes(t *testing.T) {
	listed, err := Endpoints("http://cloud.example:80/v3", "http://other.example:8774")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name         string
		trust        Trust
		host, opaque string
		arrives      string
		signed       bool
		explained    bool
	}{
		{"listed", listed, "", "", "cloud.example", true, false},
		{"listed, with its host", listed, "cloud.example", "", "cloud.example", true, false},
		{"listed, with its port", listed, "cloud.example:80", "", "cloud.example:80", true, false},
		{"listed, in upper case", listed, "CLOUD.Example", "", "CLOUD.Example", true, false},
		{"listed, with the host of another that is listed", listed, "other.example:8774", "", "other.example:8774", true, false},
		{"listed, with another port", listed, "other.example", "", "other.example", false, true},
		{"listed, with a stranger's host", listed, "evil.example", "", "evil.example", false, true},
		{"listed, opaque", listed, "", "//evil.example/v3", "evil.example", false, false},
		{"listed, opaque, and itself", listed, "", "//cloud.example/v3", "cloud.example", false, false},
		{"no list", nil, "", "", "cloud.example", true, false},
		{"no list, with its host", nil, "cloud.example:80", "", "cloud.example:80", true, false},
		{"no list, with a stranger's host", nil, "evil.example", "", "evil.example", false, true},
		{"no list, opaque", nil, "", "//evil.example/v3", "evil.example", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := told(t)
			proxy, base := newProxy(t)
			provider, _ := recorder()
			transport := NewTransport(base, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(test.trust))
			for range 2 {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.example/v3", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.URL.Opaque = test.opaque
				if test.host != "" {
					r.Host = test.host
				}
				if test.opaque != "" {
					r.Host = "cloud.example" // otherwise net/http writes no Host
				}
				resp, err := transport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
			}
			if test.arrives != "" && proxy.seen[test.arrives] == nil {
				t.Fatalf("arrived: %v", proxy.seen)
			}
			for host, header := range proxy.seen {
				if hasSignature(header) != test.signed {
					t.Errorf("signed headers went to %s: %v", host, hasSignature(header))
				}
			}
			if got := len(*said) == 1 && strings.Contains((*said)[0], test.host) && strings.Contains((*said)[0], "http://cloud.example:80"); got != test.explained || len(*said) > 1 {
				t.Errorf("said %q", *said)
			}
		})
	}
}

// Silence is explained: also for a Host without a name, with which a request is
// never trusted.
func TestHostThatIsNone(t *testing.T) {
	listed, err := Endpoints("http://cloud.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		address, host string
		want          int
	}{
		{"http://cloud.example/v3", ":80", 1},
		{"http://evil.example/v3", ":80", 0},
		{"http:cloud.example/v3", "cloud.example", 0},
	} {
		said := told(t)
		provider, _ := recorder()
		transport := NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			if hasSignature(r.Header) {
				t.Errorf("%s, Host %q: signed", test.address, test.host)
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}), WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(listed))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = test.host
		if _, err := transport.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		if len(*said) != test.want {
			t.Errorf("%s, Host %q: said %q", test.address, test.host, *said)
		}
	}
}

// Only to the cloud: a gateway that is built on NewSingleHostReverseProxy sends
// on the Host of its caller.
func TestReverseProxyWithACallersHost(t *testing.T) {
	said := told(t)
	seen, base := newProxy(t)
	target, err := url.Parse("http://cloud.example")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := Endpoints("http://cloud.example")
	if err != nil {
		t.Fatal(err)
	}
	provider, _ := recorder()
	gateway := httputil.NewSingleHostReverseProxy(target)
	gateway.Transport = NewTransport(base, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(listed))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v3", nil)
	r.Host = "evil.example"
	gateway.ServeHTTP(httptest.NewRecorder(), r)
	if header := seen.seen["evil.example"]; header == nil || hasSignature(header) {
		t.Errorf("arrived: %v", seen.seen)
	}
	if len(*said) != 1 {
		t.Errorf("said %q", *said)
	}
}

// Only to the cloud: signed headers are removed in whatever spelling they are
// in the map, and are not sent twice.
func TestTransportAndMisspelledHeaders(t *testing.T) {
	listed, err := Endpoints("http://cloud.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, traced := range []bool{true, false} {
		for address, want := range map[string]int{"http://cloud.example/": 2, "http://evil.example/": 0} {
			var arrived http.Header
			provider, _ := recorder()
			transport := NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
				arrived = r.Header
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
			}), WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(listed), WithFilter(func(*http.Request) bool { return traced }))
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"x-trace-info": {"a"}, "X-TRACE-HMAC": {"b"}, "X-Auth-Token": {"c"}}
			if _, err := transport.RoundTrip(r); err != nil {
				t.Fatal(err)
			}
			found := 0
			for name := range arrived {
				if isSignature(name) {
					found++
				}
			}
			if found != want || arrived.Get("X-Auth-Token") != "c" || len(r.Header) != 3 {
				t.Errorf("%s, traced %v: arrived %v, and the caller has %v", address, traced, arrived, r.Header)
			}
		}
	}
}

// Silence is explained: it is explained that a RoundTripper follows redirects
// itself and sends the headers to their targets, which a Transport around it
// can't prevent.
func TestBaseThatFollowsRedirects(t *testing.T) {
	cloud, elsewhere := newService(t), newService(t)
	cloud.redirects["/away"] = elsewhere.URL + "/landed"
	cloud.redirects["/within"] = "/landed"
	elsewhere.redirects["/back"] = elsewhere.URL + "/back-again"
	elsewhere.redirects["/back-again"] = cloud.URL + "/landed"
	listed, err := Endpoints(cloud.URL)
	if err != nil {
		t.Fatal(err)
	}
	follow := roundTripper(func(r *http.Request) (*http.Response, error) { return http.DefaultClient.Do(r) })
	for path, want := range map[string]string{"/away": elsewhere.URL, "/within": "", "/direct": ""} {
		for name, trust := range map[string]Trust{"listed": listed, "no list": nil} {
			said := told(t)
			provider, _ := recorder()
			client := &http.Client{Transport: NewTransport(follow, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(trust))}
			for range 2 {
				get(t, client, t.Context(), cloud.URL+path, nil)
			}
			if want == "" && len(*said) != 0 || want != "" && (len(*said) != 1 || !strings.Contains((*said)[0], want)) {
				t.Errorf("%s, %s: said %q", path, name, *said)
			}
			// Without a key nothing is signed, so there is nothing to report.
			said = told(t)
			get(t, &http.Client{Transport: NewTransport(follow, WithTracerProvider(provider), WithTrusted(trust))}, t.Context(), cloud.URL+path, nil)
			if len(*said) != 0 {
				t.Errorf("%s, %s, without a key: said %q", path, name, *said)
			}
			// With the Transport inside the client everything is right, and
			// there is no explanation.
			said = told(t)
			inside := &http.Client{Transport: NewTransport(nil, WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(trust))}
			get(t, inside, t.Context(), cloud.URL+path, nil)
			get(t, inside, t.Context(), elsewhere.URL+"/back", nil)
			if path == "/away" && hasSignature(elsewhere.header("/landed")) || len(*said) != 0 {
				t.Errorf("%s, %s: arrived %v, said %q", path, name, elsewhere.header("/landed"), *said)
			}
		}
	}
}

func TestTrustSeesTheContext(t *testing.T) {
	type tenant struct{}
	var arrived http.Header
	provider, _ := recorder()
	client := &http.Client{Transport: NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		arrived = r.Header
		return nil, errors.New("no more")
	}), WithTracerProvider(provider), WithHMACKeys(mustKey(t, "k")), WithTrusted(func(ctx context.Context, u *url.URL) bool {
		return ctx.Value(tenant{}) == u.Host
	}))}
	for _, host := range []string{"a.example", "b.example"} {
		r, err := http.NewRequestWithContext(context.WithValue(t.Context(), tenant{}, "a.example"), http.MethodGet, "http://"+host, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Do(r); err == nil {
			t.Fatal("no error")
		}
		if got := arrived.Get(hmac.HeaderHMAC) != ""; got != (host == "a.example") {
			t.Errorf("%s: signed %v", host, got)
		}
	}
}
