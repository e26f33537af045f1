package otelhttp

import (
	"net/url"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// secretParameters are query parameters that are secrets or signatures, in
// lower case: those that OpenTelemetry's semantic conventions name for
// url.full, those of Swift's temporary URLs and of S3, and tokens.
var secretParameters = map[string]bool{
	"access_token":         true,
	"api_key":              true,
	"auth_token":           true,
	"awsaccesskeyid":       true,
	"password":             true,
	"secret":               true,
	"sig":                  true,
	"signature":            true,
	"temp_url_sig":         true,
	"token":                true,
	"x-amz-credential":     true,
	"x-amz-security-token": true,
	"x-amz-signature":      true,
	"x-auth-token":         true,
	"x-goog-credential":    true,
	"x-goog-signature":     true,
}

// tokenCollections are path segments after which a token stands: Keystone's v2
// API, and Nova's console tokens.
var tokenCollections = [...]string{"/tokens/", "/os-console-auth-tokens/"}

const redacted = "REDACTED"

// redact returns the text of u without its secrets, and false where it has
// none. User name and password are not among them: OpenTelemetry's transport
// leaves them out.
func redact(u *url.URL) (string, bool) {
	query, inQuery := redactQuery(u.RawQuery)
	inPath := strings.Contains(u.Path, tokenCollections[0]) || strings.Contains(u.Path, tokenCollections[1])
	if !inQuery && !inPath {
		return "", false
	}
	clean := *u
	clean.User = nil
	clean.RawQuery = query
	path := u.EscapedPath()
	return strings.Replace(clean.String(), path, redactPath(path), 1), true
}

func redactQuery(query string) (string, bool) {
	if query == "" {
		return query, false
	}
	var clean []string
	i := 0
	for parameter := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		plain := name
		if unescaped, err := url.QueryUnescape(name); err == nil {
			plain = unescaped
		}
		if secretParameters[strings.ToLower(plain)] {
			if clean == nil {
				clean = strings.Split(query, "&")
			}
			clean[i] = name + "=" + redacted
		}
		i++
	}
	if clean == nil {
		return query, false
	}
	return strings.Join(clean, "&"), true
}

func redactPath(path string) string {
	for _, collection := range tokenCollections {
		if before, after, found := strings.Cut(path, collection); found && after != "" {
			_, rest, more := strings.Cut(after, "/")
			if more {
				rest = "/" + rest
			}
			return before + collection + redacted + rest
		}
	}
	return path
}

// redactedError is an error as OpenTelemetry's transport is to record it: a
// RoundTripper that is built on another http.Client names the URL in its own.
type redactedError struct {
	error
	text string
}

func (e redactedError) Error() string { return e.text }

// ErrorType is what the conventions' error.type is taken from.
func (e redactedError) ErrorType() string { return semconv.ErrorType(e.error).Value.AsString() }

// redactError returns err, as a redactedError where its text has secrets of u.
func redactError(err error, u *url.URL) error {
	query, _ := redactQuery(u.RawQuery)
	path := u.EscapedPath()
	text := err.Error()
	clean := strings.ReplaceAll(strings.ReplaceAll(text, u.RawQuery, query), path, redactPath(path))
	if clean == text {
		return err
	}
	return redactedError{err, clean}
}
