package origin

import (
	"net/url"
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
