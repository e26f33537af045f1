// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	for connection, want := range map[string]struct{ base, err string }{
		"elasticsearch://127.0.0.1:9200":                 {base: "http://127.0.0.1:9200"},
		"elasticsearch://search.example":                 {base: "http://search.example:9200"},
		"elasticsearch://search.example:":                {base: "http://search.example:9200"},
		"elasticsearch://[::1]":                          {base: "http://[::1]:9200"},
		"elasticsearch://user:p@ss@search.example:80/":   {base: "http://search.example:80/"},
		"elasticsearch://search.example/a/prefix":        {base: "http://search.example:9200/a/prefix"},
		"elasticsearch+https://user:pw@search.example":   {base: "https://search.example:9200"},
		"elasticsearch+https://search.example:443/es":    {base: "https://search.example:443/es"},
		"elasticsearch://":                               {err: "no host"},
		"elasticsearch://user:verysecret@":               {err: "no host"},
		"elasticsearch://user:verysecret@:9200":          {err: "no host"},
		"elasticsearch://user:verysecret@a:1,b:2":        {err: "more than one host"},
		"elasticsearch://user:verysecret@a b":            {err: "not a host"},
		"elasticsearch://user:verysecret@host:http":      {err: "port"},
		"elasticsearch://user:verysecret@host?a=b":       {err: "options"},
		"elasticsearch://user:12/verysecret@host":        {err: "%2F"},
		"elasticsearch+ssl://user:verysecret@host":       {err: "elasticsearch+https"},
		"https://user:verysecret@search.example.org:443": {err: "elasticsearch+https"},
	} {
		s, err := Open(connection)
		if want.err != "" {
			if err == nil || !strings.Contains(err.Error(), want.err) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v, want an error with %q and without the password", connection, err, want.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", connection, err)
			continue
		}
		if got := s.client.base.String(); got != want.base {
			t.Errorf("%s: %s, want %s", connection, got, want.base)
		}
	}
}

// FuzzOpen checks that no connection string causes a panic, or an error that
// shows the password.
func FuzzOpen(f *testing.F) {
	f.Add("passwordpassword", "127.0.0.1:9200", "/prefix")
	f.Add("%70asswordpassword%", "[::1]", "?a=b")
	f.Add("pass@word:pass/word", "a,b", "#")
	f.Fuzz(func(t *testing.T, password, host, rest string) {
		_, err := Open("elasticsearch://user:" + password + "@" + host + rest)
		if err == nil || len(password) < 8 || strings.Contains(host+rest, password) {
			return
		}
		if strings.Contains(err.Error(), password) {
			t.Error(err)
		}
	})
}
