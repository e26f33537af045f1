// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"slices"
	"strings"
)

// secretEndings are the ends of the names of parameters that are secrets or
// signatures, in lower case and with _ for -: access_token, X-Subject-Token,
// temp_url_sig, client_secret. They include those that OpenTelemetry's semantic
// conventions name for url.full.
var secretEndings = []string{
	"api_key", "apikey", "assertion", "awsaccesskeyid", "credential", "oauth_verifier", "passcode", "passwd", "password",
	"secret", "sig", "signature", "token",
}

// tokenCollections are path segments after which a token stands: those of
// Keystone's v2 API, and of Nova's console tokens. They are in the same form as
// secretEndings.
var tokenCollections = []string{"tokens", "os_console_auth_tokens"}

const redacted = "REDACTED"

// form is the kind of a text in which secrets are searched.
type form int

const (
	inURL  form = iota
	inPath      // the decoded path of a URL: a token in it may hold slashes
	inText      // a text that quotes URLs
)

// redact returns a text without its secrets, which are the values of parameters
// with secretEndings, the segments after tokenCollections, and user names and
// passwords. It finds them also if they are percent-encoded, as in a URL inside
// another URL.
func redact(text string, form form) string {
	if strings.IndexByte(text, '=') == -1 && strings.IndexByte(text, '%') == -1 && strings.IndexByte(text, '@') == -1 && !strings.Contains(text, "tokens") {
		return text
	}
	var clean strings.Builder
	copied := 0 // the number of bytes of text that are in clean
	word := 0   // the beginning of a path segment, or of a parameter's name
	for i := 0; i < len(text); {
		if !special[text[i]] {
			i++
			continue
		}
		c := decode(text, i)
		i = c.end
		if !special[c.byte] {
			continue
		}
		from, to := i, i // the range of the secret
		switch c.byte {
		case '=':
			if isSecret(plain(text[word:c.start])) {
				to = c.until("&#", text, i, form)
			}
		case '/':
			if slices.Contains(tokenCollections, plain(text[word:c.start])) {
				from = c.skipEmptySegments(text)
				delimiters := "/?#"
				switch {
				case form == inPath:
					delimiters = ""
				case c.depth > 0: // in the value of a parameter
					delimiters += "&"
				}
				to = c.until(delimiters, text, from, form)
			} else if strings.HasSuffix(plain(text[max(0, c.start-12):c.start]), ":/") {
				to = c.userinfo(text, form)
			}
		}
		if from < to {
			clean.WriteString(text[copied:from])
			clean.WriteString(redacted)
			copied, i = to, to
		}
		word = i
	}
	if copied == 0 {
		return text
	}
	clean.WriteString(text[copied:])
	return clean.String()
}

// special are the bytes that end a word, and the byte that begins an encoded
// one.
var special = func() (set [256]bool) {
	for _, c := range []byte("%=/?&;#\"'(){},<> \t\n") {
		set[c] = true
	}
	return set
}()

// char is a character of a text that may be percent-encoded.
type char struct {
	byte       byte
	depth      int // how often it is encoded
	start, end int
}

func decode(text string, i int) char {
	if text[i] != '%' {
		return char{text[i], 0, i, i + 1}
	}
	depth, j := 1, i+1
	for strings.HasPrefix(text[j:], "25") && isHex(text, j+2) { // an encoded %
		depth, j = depth+1, j+2
	}
	if !isHex(text, j) {
		return char{'%', 0, i, i + 1}
	}
	return char{unhex(text[j])<<4 | unhex(text[j+1]), depth, i, j + 2}
}

func isHex(text string, i int) bool {
	const digits = "0123456789abcdefABCDEF"
	return i+1 < len(text) && strings.IndexByte(digits, text[i]) >= 0 && strings.IndexByte(digits, text[i+1]) >= 0
}

func unhex(c byte) byte {
	if c >= 'A' {
		return c&^0x20 - 'A' + 10
	}
	return c - '0'
}

// plain returns a word decoded, in lower case and with _ for -.
func plain(word string) string {
	b := make([]byte, 0, 32)
	for i := 0; i < len(word); {
		c := decode(word, i)
		i = c.end
		b = append(b, c.byte)
	}
	return strings.ReplaceAll(strings.ToLower(string(b)), "-", "_")
}

// isSecret reports whether a parameter is secret, such as token, token[] and
// user[password].
func isSecret(name string) bool {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '[' || r == ']' }) {
		if part == "code" || slices.ContainsFunc(secretEndings, func(ending string) bool { return strings.HasSuffix(part, ending) }) {
			return true
		}
	}
	return false
}

// until returns the end of a value that begins at i, after c. It ends at one of
// the delimiters that is not encoded more often than c. In a text it also ends
// at a quotation mark.
func (c char) until(delimiters, text string, i int, form form) int {
	for i < len(text) {
		d := decode(text, i)
		if d.depth <= c.depth && strings.IndexByte(delimiters, d.byte) >= 0 {
			return i
		}
		if form == inText && d.depth == 0 && (d.byte == ' ' || d.byte == '\n' || d.byte == '\t' || d.byte == '"' && text[i-1] != '\\') {
			return i
		}
		i = d.end
	}
	return i
}

// skipEmptySegments returns the beginning of the first segment after the slash
// c that is neither empty nor a dot.
func (c char) skipEmptySegments(text string) int {
	i := c.end
	for i < len(text) {
		d := decode(text, i)
		if d.byte == '.' && d.end < len(text) {
			d = decode(text, d.end)
		}
		if d.byte != '/' {
			break
		}
		i = d.end
	}
	return i
}

// userinfo returns the end of the user name and password after the slash c, or
// c's own end if there are none.
func (c char) userinfo(text string, form form) int {
	end := c.until("/?#", text, c.end, form)
	at := c.end
	for i := c.end; i < end; {
		d := decode(text, i)
		if d.byte == '@' {
			at = i
		}
		i = d.end
	}
	return at
}
