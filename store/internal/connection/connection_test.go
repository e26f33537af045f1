// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	none := url.Values{}
	for text, want := range map[string]parts{
		"redis://":                            {"redis", "", "", []string{""}, "", none},
		"REDIS://localhost:6379":              {"redis", "", "", []string{"localhost:6379"}, "", none},
		"redis://:secret@h:1/2?db=3&x=a%20b":  {"redis", "", "secret", []string{"h:1"}, "/2", url.Values{"db": {"3"}, "x": {"a b"}}},
		"redis://u@h":                         {"redis", "u", "", []string{"h"}, "", none},
		"redis://u:p@[::1]:6379/0#x":          {"redis", "u", "p", []string{"[::1]:6379"}, "/0", none},
		"redissentinel://:p@a:1,b:2,[::1]":    {"redissentinel", "", "p", []string{"a:1", "b:2", "[::1]"}, "", none},
		"unix://:p@/run/a b.sock":             {"unix", "", "p", []string{""}, "/run/a b.sock", none},
		"mysql+pymysql://u:p%40%2Fq%:é@h/db":  {"mysql+pymysql", "u", "p@/q%:é", []string{"h"}, "/db", none},
		"mysql://u:p@ss^{}\"<>|@h/db":         {"mysql", "u", "p@ss^{}\"<>|", []string{"h"}, "/db", none},
		"mysql://u:pa/ss?w#rd@h:3306/db?a=b":  {"mysql", "u", "pa/ss?w#rd", []string{"h:3306"}, "/db", url.Values{"a": {"b"}}},
		"mysql://u:pa/ss@h":                   {"mysql", "u", "pa/ss", []string{"h"}, "", none},
		"mysql://h:3306/db?ssl_ca=/a@b":       {"mysql", "", "", []string{"h:3306"}, "/db", url.Values{"ssl_ca": {"/a@b"}}},
		"mysql://h/db?ssl_ca=/a@b":            {"mysql", "", "", []string{"h"}, "/db", url.Values{"ssl_ca": {"/a@b"}}},
		"postgresql:///db?host=/run":          {"postgresql", "", "", []string{""}, "/db", url.Values{"host": {"/run"}}},
		"elasticsearch://u:p%ZZ@h:9200":       {"elasticsearch", "u", "p%ZZ", []string{"h:9200"}, "", none},
		"postgresql://u:p@h1:5432,h2:5433/db": {"postgresql", "u", "p", []string{"h1:5432", "h2:5433"}, "/db", none},
	} {
		got, err := Parse(text)
		if got := (parts{got.Scheme, got.User(), got.Password(), got.Hosts, got.Path, got.Query()}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v (%v), want %#v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                             "like redis://host:6379",
		"localhost:6379":               "like redis://host:6379",
		"user:secret@host://x":         "like redis://host:6379",
		"://host":                      "like redis://host:6379",
		"redis://h:port":               "not a number",
		"redis://h:secret":             "not a number",
		"redis://h:65536":              "not a number",
		"redis://:secret@h:1,h:-1":     "not a number",
		"redis://:secret@[::1]:x":      "not a number",
		"redis://:secret@h/?a=secret;": "?name=value",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// parts are all parts of a connection string.
type parts struct {
	scheme, user, password string
	hosts                  []string
	path                   string
	query                  url.Values
}

func TestAddresses(t *testing.T) {
	s, err := Parse("redissentinel://,a,b:1,[::1],[::1]:2,:3,a:")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"localhost:9", "a:9", "b:1", "[::1]:9", "[::1]:2", "localhost:3", "a:9"}
	if got := s.Addresses("9"); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOptions(t *testing.T) {
	s, err := Parse("redis://:secret@h?t=2.5&zero=0&nan=NaN&b=True&no=off&bad=x&twice=1&twice=2")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Seconds("t", time.Hour); err != nil || got != 2500*time.Millisecond {
		t.Errorf("t: %v, %v", got, err)
	}
	if got, err := s.Seconds("missing", time.Hour); err != nil || got != time.Hour {
		t.Errorf("missing: %v, %v", got, err)
	}
	for _, name := range []string{"zero", "nan", "bad"} {
		if got, err := s.Seconds(name, time.Hour); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, want := range map[string]bool{"b": true, "no": false, "missing": true} {
		if got, err := s.Bool(name, true); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := s.Bool("bad", true); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("bad: %v", err)
	}
	if value, found := s.Option("twice"); value != "2" || !found {
		t.Errorf("twice: %q, %v", value, found)
	}
	if err := s.Only("t", "zero", "nan", "b", "no", "bad", "twice"); err != nil {
		t.Error(err)
	}
	if err := s.Only("t", "zero", "nan", "b", "no", "bad"); err == nil || !strings.Contains(err.Error(), `"twice"; the known options are t, `) {
		t.Errorf("%v", err)
	}
}

func TestSecretsStayInside(t *testing.T) {
	s, err := Parse("redis://usr:Tr0ub%204dor/w@host:1/2?sslpassword=other4dor")
	if err != nil {
		t.Fatal(err)
	}
	cause := fmt.Errorf("with Tr0ub 4dor/w,\n\tTr0ub%%204dor%%2Fw and Tr0ub+4dor%%2Fw: \n\twith Tr0ub 4dor/w,\n\tother4dor: \n%w", fs.ErrNotExist)
	wrapped := s.Wrap(cause)
	type inside struct{ where String } // package fmt can't call the methods of where
	texts := []string{s.String(), s.Errorf("x").Error(), wrapped.Error(), fmt.Sprintf("%+v", wrapped)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, inside{s}), fmt.Sprintf(verb, &inside{s}))
	}
	for _, text := range texts {
		if strings.Contains(text, "4dor") || strings.Contains(text, "34646f72") || strings.Contains(text, "usr") || strings.Contains(text, "\n") {
			t.Errorf("%q", text)
		}
	}
	if got := s.String(); got != "redis://***@host:1/2" {
		t.Error(got)
	}
	if got, want := wrapped.Error(), "redis://***@host:1/2: with ***,; *** and ***: with ***,; ***: file does not exist"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !errors.Is(wrapped, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if s.Wrap(nil) != nil {
		t.Error("an error of nothing")
	}
}

// A password may stand in the place of the user.
func TestUserWithoutPassword(t *testing.T) {
	for text, want := range map[string]string{
		"redis://secret@host":           "redis://***@host: ***",
		"redis://secret:@host":          "redis://***@host: ***",
		"redis://:secret@host":          "redis://***@host: ***",
		"redis://secret?@host":          "redis://…: a host",
		"mysql://secret@host/my_secret": "mysql://***@host/my_secret: secret", // the path shows it anyway
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		cause := "secret"
		if s.User() == "" && s.Password() == "" {
			cause = "a host"
		}
		if got := s.Wrap(errors.New(cause)).Error(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzParse checks that no connection string causes a panic, and that neither
// an error nor a printed string shows the password.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"redis://:%s@h:1/2?a=b#c", "mysql://u:%s@[::1]:3306/db", "://%s@", "redis://a:%s", "x://%s/@:1",
		"redis://u:%s@h:port", "mysql://%s:%s@h,h:1", "redis://h?%s;", "unix://:%s@/a%%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const password = "Tr0ub4dor"
		text = strings.ReplaceAll(text, "%s", password)
		s, err := Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), password) && !strings.Contains(schemeOf(text), password) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		_ = s.Addresses("1")
		elsewhere := s.Scheme + strings.Join(s.Hosts, ",") + s.Path
		if strings.Contains(s.String(), password) && !strings.Contains(elsewhere, password) {
			t.Fatalf("%q: %v", text, s)
		}
	})
}

func schemeOf(text string) string {
	scheme, _, _ := strings.Cut(text, "://")
	return scheme
}
