// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"slices"
	"strings"
	"testing"
)

func TestParseTransportURL(t *testing.T) {
	for text, want := range map[string][]broker{
		"rabbit://h":                                 {{"h:5672", "guest", "guest", "/"}},
		"rabbit://u:p@h:1/":                          {{"h:1", "u", "p", "/"}},
		"rabbit://u:p%40%2F%2C@[::1]:5673/v%2Fx":     {{"[::1]:5673", "u", "p@/,", "v/x"}},
		"rabbit://u:p@[::1]//":                       {{"[::1]:5672", "u", "p", "/"}},
		"rabbit://u1:p1@h1:1,u2:p2@h2/nova":          {{"h1:1", "u1", "p1", "nova"}, {"h2:5672", "u2", "p2", "nova"}},
		"rabbit://u:p@h1,h2":                         {{"h1:5672", "u", "p", "/"}, {"h2:5672", "guest", "guest", "/"}},
		"rabbit://openstack:a:b@rabbit.example:5672": {{"rabbit.example:5672", "openstack", "a:b", "/"}},
	} {
		got, err := parseTransportURL(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v (%v), want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                           "must begin with rabbit://",
		"amqp://u:secret@h":          "must begin with rabbit://",
		"rabbit://":                  "a host is missing",
		"rabbit:///v":                "a host is missing",
		"rabbit://u:secret@h?ssl=1":  "use tls",
		"rabbit://u:sec?ret@h":       "%3F",
		"rabbit://u:sec/ret@h/":      "%2F",
		"rabbit://u:secret%zz@h/":    "%25",
		"rabbit://u:secret@h:port/":  "not a number",
		"rabbit://u:secret@h:0/":     "not a number",
		"rabbit://u:secret@h:1,/":    "a host is missing",
		"rabbit://u:secr,et@h:1/":    "", // a host "u" with a port that is not one
		"rabbit://u:secret@h/%zz":    "%25",
		"rabbit://u:secret@h1,h2:x/": "not a number",
	} {
		got, err := parseTransportURL(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v (%v), want %q", text, got, err, want)
		}
	}
}

// No transport URL makes it panic, and no error shows a password.
func FuzzParseTransportURL(f *testing.F) {
	for _, seed := range []string{"rabbit://u:%s@h:1/v", "rabbit://a,u:%s@[::1]/", "rabbit://%s", "amqp://%s@h", "rabbit://u:%s@h?x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const password = "Tr0ub4dor"
		brokers, err := parseTransportURL(strings.ReplaceAll(text, "%s", password))
		if err != nil && strings.Contains(err.Error(), password) {
			t.Error(err)
		}
		if err == nil && len(brokers) == 0 {
			t.Error("no broker, and no error")
		}
	})
}
