// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Option returns an option of the query, and reports whether the query has it.
func (s String) Option(name string) (value string, found bool) {
	values := s.Query()[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// Seconds returns an option that is a number of seconds above zero, or
// otherwise where the query does not have it.
func (s String) Seconds(name string, otherwise time.Duration) (time.Duration, error) {
	text, found := s.Option(name)
	if !found {
		return otherwise, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) || seconds > 1e6 {
		return 0, s.Errorf("the option %s must be a number of seconds, such as 2.5", name)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Bool returns an option that is true or false, or otherwise where the query
// does not have it.
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
	return false, s.Errorf("the option %s must be true or false", name)
}

// Only returns an error if the query has an option that is not one of the
// names.
func (s String) Only(names ...string) error {
	for name := range s.Query() {
		switch {
		case slices.Contains(names, name):
		case strings.Contains(name, "@"): // which may be the end of a password with a question mark
			return s.Errorf("unknown option; the known options are %s; a ? in the user or password has to be written %%3F", strings.Join(names, ", "))
		default:
			return s.Errorf("unknown option %q; the known options are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}
