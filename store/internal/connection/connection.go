// SPDX-License-Identifier: Apache-2.0

// Package connection reads OSProfiler's connection strings, and keeps their
// passwords out of errors.
package connection

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// String is a connection string in its parts:
//
//	scheme://user:password@host:port,host:port/path?query
//
// Printed with any verb, by itself or inside another value, it shows nothing of
// what stands before the @ or after the question mark.
type String struct {
	Scheme string
	// Hosts are as they were written, some with a port. There is at least one;
	// it is empty where the string names none.
	Hosts []string
	// Path is decoded and begins with a slash, if there is one.
	Path string

	shown string
	// Package fmt calls no methods of what is in an unexported field, and looks
	// through pointers there for some verbs, but a function it can't look into.
	secret func() secret
}

// secret is what a connection string has of its user. All is decoded.
type secret struct {
	user, password string
	query          url.Values
}

// User returns the decoded user, which is empty where there is none.
func (s String) User() string { return s.parts().user }

// Password returns the decoded password, which is empty where there is none.
func (s String) Password() string { return s.parts().password }

// Query returns the decoded options. The last value of a name is the valid one.
func (s String) Query() url.Values { return s.parts().query }

func (s String) parts() secret {
	if s.secret == nil {
		return secret{}
	}
	return s.secret()
}

// Parse reads a connection string as Python's urllib and SQLAlchemy do, which is
// more lenient than [url.Parse]: any character can stand in a user or a password
// as it is, and a percent sign that is followed by no two hex digits stands for
// itself. Errors show nothing of what is after the scheme.
func Parse(text string) (String, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || scheme == "" || strings.ContainsAny(scheme, "@:/?# ") {
		return String{}, errors.New("a connection string is like redis://host:6379")
	}
	var own secret
	s := String{Scheme: strings.ToLower(scheme)}

	end := authorityEnd(rest)
	authority, rest := rest[:end], rest[end:]
	hidden := ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		own.user, own.password = unescape(user), unescape(password)
		authority = authority[at+1:]
		hidden = "***@"
	}
	s.Hosts = strings.Split(authority, ",")
	for _, host := range s.Hosts {
		if err := checkPort(host); err != nil {
			return String{}, fmt.Errorf("connection string %s://…: %w", s.Scheme, err)
		}
	}

	rest, fragment, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	if strings.Contains(path+fragment, "@") { // and what is before it would be taken for a host
		return String{}, fmt.Errorf("connection string %s://…: a / or # in its user or password has to be written %%2F or %%23", s.Scheme)
	}
	s.Path = unescape(path)
	var err error
	if own.query, err = url.ParseQuery(query); err != nil {
		return String{}, fmt.Errorf("connection string %s://…: its query is not like ?name=value&name=value", s.Scheme)
	}
	s.secret = func() secret { return own }
	s.shown = s.Scheme + "://" + hidden + strings.Join(s.Hosts, ",") + s.Path
	if strings.Contains(query, "@") { // which may be the end of a password with a question mark
		s.shown = s.Scheme + "://…"
	}
	return s, nil
}

// authorityEnd returns where the path begins. A slash, a question mark or a
// number sign ends the authority, unless it stands in a password, where
// SQLAlchemy has it: after a colon that no port follows, and before an @.
func authorityEnd(rest string) int {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		return len(rest)
	}
	at := strings.LastIndexByte(rest, '@')
	if at < end || strings.ContainsRune(rest[:end], '@') {
		return end
	}
	_, port, found := strings.Cut(rest[:end], ":")
	if !found || isPort(port) {
		return end
	}
	if next := strings.IndexAny(rest[at:], "/?#"); next >= 0 {
		return at + next
	}
	return len(rest)
}

func checkPort(host string) error {
	port := host
	if bracket := strings.LastIndexByte(host, ']'); bracket >= 0 {
		port = host[bracket+1:]
	}
	_, port, found := strings.Cut(port, ":")
	if found && port != "" && !isPort(port) {
		return errors.New("its port is not a number up to 65535")
	}
	return nil
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// unescape decodes %XX, and leaves what is not that as it is.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(code))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// Addresses returns the hosts as net.Dial takes them. The host is localhost where
// none is named.
func (s String) Addresses(defaultPort string) []string {
	addresses := make([]string, len(s.Hosts))
	for i, text := range s.Hosts {
		host, port := text, ""
		if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, ']') {
			host, port = text[:colon], text[colon+1:]
		}
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		addresses[i] = net.JoinHostPort(cmp.Or(host, "localhost"), cmp.Or(port, defaultPort))
	}
	return addresses
}

// String returns the connection string with *** for the user and the password, of
// which one may stand in the place of the other, and without its query, which can
// hold others.
func (s String) String() string { return s.shown }

// Format writes what String returns, for every verb.
func (s String) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }
