// SPDX-License-Identifier: Apache-2.0

// Package connection reads OSProfiler's connection strings, and keeps passwords
// out of errors.
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
// It does not show the text before the @ or after the question mark when it is
// printed, with any verb, by itself or inside another value.
type String struct {
	Scheme string
	// Hosts are the hosts as they were written, each with or without a port.
	// There is at least one; it is empty where the string names none.
	Hosts []string
	// Path is the decoded path. It is empty, or begins with a slash.
	Path string

	shown string
	// Package fmt calls no methods of values in unexported fields, and for some
	// verbs it follows pointers there. But it can't look into a function.
	secret func() secret
}

// secret has the parts of a connection string that are secret. They are
// decoded.
type secret struct {
	user, password string
	query          url.Values
}

// User returns the decoded user, which is empty where there is none.
func (s String) User() string { return s.parts().user }

// Password returns the decoded password, which is empty where there is none.
func (s String) Password() string { return s.parts().password }

// Query returns the decoded options. Of several values with one name the last
// one is valid.
func (s String) Query() url.Values { return s.parts().query }

func (s String) parts() secret {
	if s.secret == nil {
		return secret{}
	}
	return s.secret()
}

// Parse reads a connection string as Python's urllib and SQLAlchemy do. They
// are more lenient than [url.Parse]: any character can stand unescaped in a
// user or a password, and a percent sign that is not followed by two hex digits
// stands for itself. Errors do not show the text after the scheme.
func Parse(text string) (String, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || scheme == "" || strings.ContainsAny(scheme, "@:/?# ") {
		return String{}, errors.New("a connection string must be like redis://host:6379")
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
	if strings.Contains(path+fragment, "@") { // the text before it would be taken for a host
		return String{}, fmt.Errorf("connection string %s://…: a / or # in its user or password has to be written %%2F or %%23", s.Scheme)
	}
	s.Path = unescape(path)
	var err error
	if own.query, err = url.ParseQuery(query); err != nil {
		return String{}, fmt.Errorf("connection string %s://…: its query is not like ?name=value&name=value", s.Scheme)
	}
	s.secret = func() secret { return own }
	s.shown = s.Scheme + "://" + hidden + strings.Join(s.Hosts, ",") + s.Path
	if strings.Contains(query, "@") { // it may be the end of a password that has a question mark
		s.shown = s.Scheme + "://…"
	}
	return s, nil
}

// authorityEnd returns the index at which the path begins. A slash, a question
// mark or a number sign ends the authority, unless it stands in a password.
// SQLAlchemy takes it for a part of the password if it stands after a colon
// that no port follows, and before an @.
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

// unescape decodes %XX, and changes nothing else.
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

// Addresses returns the hosts in the form that net.Dial takes. The host is
// localhost where the string names none.
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

// String returns the connection string with *** in the place of the user and
// the password, because a password may stand in the place of the user, and
// without its query, which can hold other secrets.
func (s String) String() string { return s.shown }

// Format writes what String returns, for every verb.
func (s String) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }
