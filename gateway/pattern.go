// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"path"
	"slices"
	"strings"
)

// pattern is a text in which * matches any text. It is stored as the texts between
// the asterisks.
type pattern []string

func newPattern(text string) pattern { return strings.Split(text, "*") }

func (p pattern) matches(text string) bool {
	last := len(p) - 1
	rest, found := strings.CutPrefix(text, p[0])
	if !found || last == 0 {
		return found && rest == ""
	}
	if rest, found = strings.CutSuffix(rest, p[last]); !found {
		return false
	}
	for _, part := range p[1:last] {
		if _, rest, found = strings.Cut(rest, part); !found {
			return false
		}
	}
	return true
}

func anyMatches(patterns []pattern, text string) bool {
	return slices.ContainsFunc(patterns, func(p pattern) bool { return p.matches(text) })
}

// cleanPath returns a URL's path without empty segments and dot segments (RFC
// 3986, section 5.2.4), by which a caller could evade a rule: Apache and nginx
// take them out before a service sees the path.
func cleanPath(p string) string {
	if !strings.Contains(p, "//") && !strings.Contains(p, "/.") {
		return p
	}
	clean := path.Clean(p)
	if clean != "/" && (strings.HasSuffix(p, "/") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")) {
		clean += "/"
	}
	return clean
}
