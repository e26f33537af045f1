// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSame(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"http://cloud.example/v3", "http://cloud.example:80/v2.1/servers?x=y", true},
		{"https://cloud.example", "HTTPS://Cloud.Example:443/", true},
		{"http://user:pw@cloud.example/", "http://cloud.example/", true},
		{"http://[::1]:5000/", "http://[::1]:5000/v3", true},
		{"http://cloud.example/", "https://cloud.example/", false},
		{"http://cloud.example:5000/", "http://cloud.example:8774/", false},
		{"http://cloud.example/", "http://cloud.example.evil.com/", false},
		{"http://cloud.example/", "http://cloud.example@evil.com/", false},
		{"http://cloud.example/", "http://cloud.example./", false},
		{"http://cloud.example/", "http://sub.cloud.example/", false},
		{"http://cl\u00f6ud.example/", "http://xn--clud-jua.example/", false},
		{"ftp://cloud.example/", "ftp://cloud.example/", false},
		{"", "", false},
		{"/v3", "/v3", false},
	} {
		a, err := url.Parse(test.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := url.Parse(test.b)
		if err != nil {
			t.Fatal(err)
		}
		if got := Same(a, b); got != test.want {
			t.Errorf("%s and %s: got %v", test.a, test.b, got)
		}
	}
}

func TestOfRequest(t *testing.T) {
	for _, test := range []struct {
		address, host string
		same, ok      bool
	}{
		{"https://cloud.example/v3", "", true, true},
		{"https://cloud.example/v3", "cloud.example", true, true},
		{"https://cloud.example/v3", "Cloud.Example:443", true, true},
		{"HTTPS://Cloud.Example/v3", "cloud.example", true, true},
		{"ftp://cloud.example/v3", "cloud.example", false, false},
		{"https://cloud.example:8774/v3", "cloud.example:8774", true, true},
		{"https://[::1]:8774/v3", "[::1]:8774", true, true},
		{"https://cloud.example/v3", "cloud.example:80", false, true},
		{"http://cloud.example/v3", "cloud.example:443", false, true},
		{"https://cloud.example/v3", "evil.example", false, true},
		{"https://cloud.example/v3", "cloud.example.", false, true},
		{"https://cloud.example/v3", "cloud.example/evil", false, true},
		{"https://cloud.example/v3", "evil@cloud.example", false, true},
		{"https://cloud.example/v3", ":443", false, false},
		{"https:cloud.example/v3", "cloud.example", false, false},
		{"/v3", "cloud.example", false, false},
		{"http:///v3", "", false, false},
		{"http://:80/v3", "", false, false},
	} {
		u, err := url.Parse(test.address)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{URL: u, Host: test.host}
		if strings.HasPrefix(test.address, "HTTPS") {
			u.Scheme = "HTTPS" // which url.Parse has put into lower case
		}
		if got := Single(r); got != (test.same && test.ok) {
			t.Errorf("%s, Host %q: one origin: %v", test.address, test.host, got)
		}
		address, host, ok := OfRequest(r)
		if ok != test.ok || ok && (address == host) != test.same {
			t.Errorf("%s, Host %q: got %v, %v, %v", test.address, test.host, address, host, ok)
		}
	}
	u := &url.URL{Scheme: "https", Host: "cloud.example", Opaque: "//evil.example/"}
	if _, _, ok := OfRequest(&http.Request{URL: u}); ok {
		t.Error("an opaque URL has an origin")
	}
	if Single(&http.Request{URL: u}) {
		t.Error("a request with an opaque URL goes to one origin")
	}
}

// Both the URL and the Host have to be trusted. The function is not asked about a
// request whose origin can't be told.
func TestTrusted(t *testing.T) {
	for _, test := range []struct {
		address, host string
		want          bool
		asked         string
	}{
		{"http://cloud.example/v3", "", true, "cloud.example"},
		{"http://cloud.example/v3", "cloud.example:80", true, "cloud.example"},
		{"http://cloud.example/v3", "other.example", true, "cloud.example other.example"},
		{"http://cloud.example/v3", "evil.example", false, "cloud.example evil.example"},
		{"http://evil.example/v3", "", false, "evil.example"},
		{"http://evil.example/v3", "cloud.example", false, "evil.example"},
		{"http:cloud.example/v3", "cloud.example", false, ""},
		{"ftp://cloud.example/v3", "cloud.example", false, ""},
	} {
		u, err := url.Parse(test.address)
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		got := Trusted(&http.Request{URL: u, Host: test.host}, func(_ context.Context, u *url.URL) bool {
			asked = append(asked, u.Host)
			return u.Host != "evil.example" && u.Path == "/v3"
		})
		if got != test.want || strings.Join(asked, " ") != test.asked {
			t.Errorf("%s, Host %q: got %v, asked about %v", test.address, test.host, got, asked)
		}
	}
}

func TestParse(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://cloud.example:5000/v3": "https://cloud.example:5000",
		"HTTP://Cloud.Example":          "http://cloud.example:80",
		"https://u:p@[::1]/?x":          "https://[::1]:443",
		"http://\xff":                   "http://\ufffd:80",
	} {
		if o, err := Parse(endpoint); err != nil || o.String() != want {
			t.Errorf("%s: got %s, %v", endpoint, o, err)
		}
	}
	for _, endpoint := range []string{
		"", "cloud.example", "//cloud.example", "ftp://cloud.example", "http://", "http:cloud.example", "http://[::1",
		"http://u:secret@", "u:secret@cloud.example", "secret@cloud.example", "ftp://cloud.example?token=secret", "http://u:secret%zz@cloud.example",
	} {
		if _, err := Parse(endpoint); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "https://cloud.example:5000/v3") {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
