// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"regexp"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"/v3", "/v3", true},
		{"/v3", "/v3/", false},
		{"/v3*", "/v3", true},
		{"/v3*", "/v3/auth/tokens", true},
		{"*/action", "/servers/1/action", true},
		{"*/action", "/servers/1/action/", false},
		{"/a*a", "/a", false},
		{"/a*a", "/aa", true},
		{"/*/b/*/b", "/a/b/b", false},
		{"/*/b/*/b", "/a/b/c/b", true},
		{"*", "", true},
		{"**", "a", true},
		{"", "", true},
		{"", "a", false},
	} {
		if got := newPattern(test.pattern).matches(test.text); got != test.want {
			t.Errorf("%q matches %q: %v", test.pattern, test.text, got)
		}
	}
}

// A pattern matches the same texts as a regular expression with .* in place of
// each asterisk.
func FuzzPattern(f *testing.F) {
	f.Add("/v2.1/servers*", "/v2.1/servers/detail")
	f.Add("*a*ab*b", "aabb")
	f.Add("a*a", "a")
	f.Fuzz(func(t *testing.T, text, subject string) {
		parts := strings.Split(text, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		want, err := regexp.Compile(`(?s)\A` + strings.Join(parts, ".*") + `\z`)
		if err != nil {
			t.Skip("not UTF-8")
		}
		if got := newPattern(text).matches(subject); got != want.MatchString(subject) {
			t.Errorf("%q matches %q: %v", text, subject, got)
		}
	})
}
