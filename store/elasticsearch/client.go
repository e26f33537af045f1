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
	// answerTimeout is how long a server may take before it begins to answer.
	answerTimeout = time.Minute
)

// client speaks the REST API that Elasticsearch and OpenSearch have in common.
// It is net/http, because the products' own clients are each for one of the two,
// and because a scroll that is sent again, as those do after an error, skips what
// the first answer had.
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
		return nil, where.Errorf("the scheme is not elasticsearch or elasticsearch+https")
	}
	switch {
	case len(where.Hosts) > 1:
		return nil, where.Errorf("more than one host, where OSProfiler's driver takes one")
	case base.Hostname() == "":
		return nil, where.Errorf("no host, as in elasticsearch://localhost:9200")
	case len(where.Query()) > 0:
		return nil, where.Errorf("options after the question mark, of which there are none")
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
		// The password is for this server, and a redirected POST is none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// object is a JSON object.
type object map[string]any

// do sends a request with a JSON body, or with none where that is nil. The answer
// is JSON, of a status below 300, and its body has to be closed.
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
			err = outer.Err // without the URL, which Wrap says
		}
		return nil, err
	}
	if err := check(response); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response.Body, nil
}

// wrap says where an error happened. A connection that breaks because the context
// ended is the context's error.
func (c *client) wrap(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, points.ErrUnreadable) {
		err = ctx.Err()
	}
	return c.where.Wrap(err)
}

// answerError is an answer that says that the request failed.
type answerError struct {
	status int
	// kind and reason are what the server says of it; both may be empty.
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

// missingIndex is the kind of an answerError about an index that is not there.
const missingIndex = "index_not_found_exception"

func isMissingIndex(err error) bool {
	failed := (*answerError)(nil)
	return errors.As(err, &failed) && failed.kind == missingIndex
}

// check returns an error for what is not a JSON answer to a request that
// succeeded.
func check(response *http.Response) error {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode < 300 {
		if kind != "application/json" {
			return fmt.Errorf("the server answered with %q and not with JSON: it is no Elasticsearch and no OpenSearch", kind)
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

// shorten keeps what a server says to a line that can be read.
func shorten(text string) string {
	const length = 300
	if len(text) > length {
		text = strings.ToValidUTF8(text[:length], "") + "…"
	}
	return text
}
