// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Errorf does the same as fmt.Errorf, and puts the connection string before the
// message.
func (s String) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: "+format, append([]any{s}, args...)...)
}

// Wrap adds to an error where it happened, and makes it one line. It returns
// nil for nil.
func (s String) Wrap(err error) error {
	if err == nil {
		return nil
	}
	return &failure{s.String() + ": " + oneLine(s.hide(err.Error())), err}
}

// oneLine joins the lines of a message. It drops repeated ones, because drivers
// write a line for each way in which they tried to connect.
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

// hide removes the secrets from a message of a driver. It does not look for
// very short secrets, which every message would have in it.
func (s String) hide(message string) string {
	for _, secret := range s.secrets() {
		if len(secret) < 4 {
			continue
		}
		for _, spelling := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			message = strings.ReplaceAll(message, spelling, "***")
		}
	}
	return message
}

// secrets returns the password, the options that are secret too, and the user
// where there is no password, because that may be a password in the wrong
// place.
func (s String) secrets() []string {
	secrets := []string{s.Password()}
	if user := s.User(); s.Password() == "" && !strings.Contains(s.shown, user) {
		secrets = append(secrets, user)
	}
	for name, values := range s.Query() {
		if secretOption.MatchString(name) {
			secrets = append(secrets, values...)
		}
	}
	return secrets
}

// secretOption matches the names of options such as password, sslpassword,
// tlsCertificateKeyFilePassword, and authMechanismProperties with AWS_SESSION_TOKEN.
var secretOption = regexp.MustCompile(`(?i)passw|secret|token|authmechanismproperties`)

// failure has the message of an error without the password, and wraps the
// error.
type failure struct {
	message string
	cause   error
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.cause }
