// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/ostrace/ostrace/internal/httpheader"
)

// call is a request from one service to another.
type call struct {
	method, url  string
	token        string
	subjectToken string
	body         any
}

// do sends a request as keystoneauth's session does, signed where the work is
// traced, and reads the answer into into, if it has a good status.
func (p *process) do(ctx context.Context, c call, into any) (status int, err error) {
	var body io.Reader
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, c.method, c.url, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("User-Agent", p.name+" keystoneauth1")
	r.Header.Set("Accept", "application/json")
	r.Header.Set(callerHeader, p.name)
	r.Header.Set("X-Auth-Token", c.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.subjectToken != "" {
		r.Header.Set("X-Subject-Token", c.subjectToken)
	} else {
		r.Header.Set(httpheader.RequestID, globalID(ctx)) // not with a validation
	}
	sign(ctx, r.Header)

	response, err := p.cloud.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if into != nil && response.StatusCode < http.StatusMultipleChoices {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
	return response.StatusCode, err
}

// globalID returns the request id that services send to other services: the
// caller's id, or their own id where the caller sent none.
func globalID(ctx context.Context) string {
	if request := requestOf(ctx); request.globalID != "" {
		return request.globalID
	}
	return requestOf(ctx).id
}
