package connection

import (
	"fmt"
	"net/url"
	"strings"
)

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
