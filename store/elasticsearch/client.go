// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
	"github.com/ostrace/ostrace/store/internal/limit"
)

const (
	defaultPort    = "9200"
	connectTimeout = 5 * time.Second
	// answerTimeout is the time within which a server must begin to answer.
	answerTimeout = time.Minute
)

// client speaks the REST API that Elasticsearch and OpenSearch have in common.
// It uses net/http, because each of the products' own clients is for one of the
// two, and because those send a scroll again after an error, which skips the
// documents of the first answer.
type client struct {
	where  connection.String
	base   *url.URL
	http   *http.Client
	limits limit.Limits
}

func newClient(connectionString string) (*client, error) {
	where, err := connection.Parse(connectionString)
	if err != nil {
		return nil, err
	}
	base := &url.URL{Host: strings.TrimSuffix(where.Hosts[0], ":"), Path: where.Path}
	switch where.Scheme {
	case "elasticsearch":
		base.Scheme = "http"
	case "elasticsearch+https":
		base.Scheme = "https"
	default:
		return nil, where.Errorf("the scheme is neither elasticsearch nor elasticsearch+https")
	}
	switch {
	case len(where.Hosts) > 1:
		return nil, where.Errorf("it has more than one host; OSProfiler's driver takes one")
	case base.Hostname() == "":
		return nil, where.Errorf("it has no host; it must be like elasticsearch://localhost:9200")
	case len(where.Query()) > 0:
		return nil, where.Errorf("it has options after a question mark, but this store has no options")
	}
	if base.Port() == "" {
		base.Host = net.JoinHostPort(base.Hostname(), defaultPort)
	}
	if _, err := url.Parse(base.String()); err != nil {
		return nil, where.Errorf("%q is not a host", where.Hosts[0])
	}

	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	transport.ResponseHeaderTimeout = answerTimeout
	return &client{limits: limit.Default(), where: where, base: base, http: &http.Client{
		Transport: transport,
		// The password is only for this server, and a redirected POST would
		// become a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// object is a JSON object.
type object map[string]any

// do sends a request with a JSON body, or without a body where body is nil. The
// answer is JSON, its status is below 300, and the caller must close its body.
func (c *client) do(ctx context.Context, method, path string, query url.Values, body object) (io.ReadCloser, error) {
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = bytes.NewReader(encoded)
	}
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), text)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.where.User() != "" || c.where.Password() != "" {
		request.SetBasicAuth(c.where.User(), c.where.Password())
	}
	response, err := c.http.Do(request)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err // without the URL, because Wrap adds it
		}
		return nil, err
	}
	if err := check(response); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response.Body, nil
}

// wrap adds to an error where it happened. Where a connection broke because the
// context ended, wrap returns the context's error.
func (c *client) wrap(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, points.ErrUnreadable) {
		err = ctx.Err()
	}
	return c.where.Wrap(err)
}

// answerError is an answer which says that the request failed.
type answerError struct {
	status int
	// kind and reason are the server's words; both may be empty.
	kind, reason string
}

func (e *answerError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
	switch e.status {
	case http.StatusUnauthorized:
		text += " (wrong or missing user or password)"
	case http.StatusForbidden:
		text += " (the user may not read the index)"
	}
	if e.kind == missingIndex {
		text += " (OSProfiler has stored nothing here)"
	}
	if e.kind != "" {
		text += ": " + e.kind
	}
	if e.reason != "" {
		text += ": " + e.reason
	}
	return text
}

// missingIndex is the kind of an answerError about an index that does not
// exist.
const missingIndex = "index_not_found_exception"

func isMissingIndex(err error) bool {
	failed := (*answerError)(nil)
	return errors.As(err, &failed) && failed.kind == missingIndex
}

// check returns an error for an answer that is not JSON, or whose request
// failed.
func check(response *http.Response) error {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode < 300 {
		if kind != "application/json" {
			return fmt.Errorf("the server answered with %q and not with JSON: it is neither Elasticsearch nor OpenSearch", kind)
		}
		return nil
	}
	failed := &answerError{status: response.StatusCode}
	if kind != "application/json" {
		return failed
	}
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var cause struct{ Type, Reason string }
	if json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer) == nil &&
		json.Unmarshal(answer.Error, &cause) == nil {
		failed.kind, failed.reason = shorten(cause.Type), shorten(cause.Reason)
	}
	return failed
}

// shorten makes one readable line of a server's text.
func shorten(text string) string {
	const length = 300
	if len(text) > length {
		text = strings.ToValidUTF8(text[:length], "") + "…"
	}
	return text
}
