// Package connection reads OSProfiler's connection strings, and keeps their
// passwords out of errors.
package connection

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String is a connection string in its parts:
//
//	scheme://user:password@host:port,host:port/path?query
//
// Printed with any verb it shows no password.
type String struct {
	Scheme string
	// User and Password are decoded.
	User, Password string
	// Hosts are as they were written, some with a port. There is at least one;
	// it is empty where the string names none.
	Hosts []string
	// Path is decoded and begins with a slash, if there is one.
	Path string
	// Query is decoded. Its last value counts where a name comes twice.
	Query url.Values
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
	s := String{Scheme: strings.ToLower(scheme)}

	end := authorityEnd(rest)
	authority, rest := rest[:end], rest[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		s.User, s.Password = unescape(user), unescape(password)
		authority = authority[at+1:]
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
	if s.Query, err = url.ParseQuery(query); err != nil {
		return String{}, fmt.Errorf("connection string %s://…: its query is not like ?name=value&name=value", s.Scheme)
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

// Option returns an option of the query, and whether it is there.
func (s String) Option(name string) (value string, found bool) {
	values := s.Query[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// Seconds returns an option that is a number of seconds above zero, and the
// default where it is not there.
func (s String) Seconds(name string, otherwise time.Duration) (time.Duration, error) {
	text, found := s.Option(name)
	if !found {
		return otherwise, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) || seconds > 1e6 {
		return 0, s.Errorf("the option %s is a number of seconds, like 2.5", name)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Bool returns an option that is true or false, and the default where it is not
// there.
func (s String) Bool(name string, otherwise bool) (bool, error) {
	text, found := s.Option(name)
	if !found {
		return otherwise, nil
	}
	switch strings.ToLower(text) {
	case "1", "t", "true", "y", "yes", "on":
		return true, nil
	case "0", "f", "false", "n", "no", "off":
		return false, nil
	}
	return false, s.Errorf("the option %s is true or false", name)
}

// Only returns an error if the query has an option that is not named here.
func (s String) Only(names ...string) error {
	for name := range s.Query {
		if !slices.Contains(names, name) {
			return s.Errorf("unknown option %q: known are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// String returns the connection string without its password and its query, which
// can hold others.
func (s String) String() string {
	var b strings.Builder
	b.WriteString(s.Scheme + "://")
	if s.User != "" || s.Password != "" {
		b.WriteString(s.User)
		if s.Password != "" {
			b.WriteString(":***")
		}
		b.WriteByte('@')
	}
	b.WriteString(strings.Join(s.Hosts, ",") + s.Path)
	return b.String()
}

// Format writes what String returns, for every verb.
func (s String) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// Errorf is fmt.Errorf, with the connection string before the message.
func (s String) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: "+format, append([]any{s}, args...)...)
}

// Wrap says of an error where it happened, in one line. It returns nil for nil.
func (s String) Wrap(err error) error {
	if err == nil {
		return nil
	}
	return &failure{s.String() + ": " + oneLine(s.hide(err.Error())), err}
}

// oneLine joins the lines of a message, of which drivers repeat some for each
// way in which they tried to connect.
func oneLine(message string) string {
	var b strings.Builder
	last := ""
	for line := range strings.Lines(message) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || line == last {
			continue
		}
		switch {
		case last == "":
		case strings.HasSuffix(last, ":"):
			b.WriteByte(' ')
		default:
			b.WriteString("; ")
		}
		b.WriteString(line)
		last = line
	}
	return b.String()
}

// hide takes the password out of a message of a driver. None is known to show
// it. A password as short as a common word would be found in every message.
func (s String) hide(message string) string {
	if len(s.Password) < 4 {
		return message
	}
	for _, password := range []string{s.Password, url.QueryEscape(s.Password), url.PathEscape(s.Password)} {
		message = strings.ReplaceAll(message, password, "***")
	}
	return message
}

// failure has the message of an error without the password, and is what the
// error is.
type failure struct {
	message string
	cause   error
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.cause }
