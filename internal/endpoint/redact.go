// SPDX-License-Identifier: Apache-2.0

package endpoint

import (
	"net/url"
	"strconv"
	"strings"
)

// Redact returns a URL or a connection string, which may be malformed, with ***
// in the place of everything that can be a password: the text before the last
// @, the options after a question mark, and a port that is not a number. Any
// other text is returned unchanged.
func Redact(text string) string {
	scheme, rest, found := strings.Cut(text, "://")
	if found {
		scheme += "://"
	} else {
		scheme, rest = "", text
	}
	switch at := strings.LastIndexByte(rest, '@'); {
	case at >= 0:
		rest = "***@" + redactQuery(rest[at+1:])
	case found:
		rest = redactPort(redactQuery(rest))
	}
	return scheme + rest
}

func redactQuery(text string) string {
	if before, _, found := strings.Cut(text, "?"); found {
		return before + "?***"
	}
	return text
}

func redactPort(text string) string {
	end := strings.IndexAny(text, "/?#")
	if end < 0 {
		end = len(text)
	}
	colon := strings.LastIndexByte(text[:end], ':')
	if colon < 0 || strings.HasSuffix(text[:end], "]") {
		return text
	}
	if port := text[colon+1 : end]; port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return text[:colon] + ":***" + text[end:]
		}
	}
	return text
}

// RedactIn returns the message, in which it has applied [Redact] to each quoted
// argument of the command line.
func RedactIn(message string, args []string) string {
	for _, arg := range args {
		for _, text := range valuesOf(arg) {
			redacted := Redact(text)
			if redacted == text {
				continue
			}
			quoted := strconv.Quote(text)
			for _, spelling := range []string{text, quoted[1 : len(quoted)-1], url.PathEscape(text)} {
				message = strings.ReplaceAll(message, spelling, redacted)
			}
		}
	}
	return message
}

// valuesOf returns the argument and, for --flag=value, also the value alone,
// because Redact takes the text before :// for a scheme.
func valuesOf(arg string) []string {
	if _, value, found := strings.Cut(arg, "="); found && strings.HasPrefix(arg, "-") {
		return []string{value}
	}
	return []string{arg}
}
