// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/propagation"
)

// answerTimeout bounds the time in which a service must answer.
const answerTimeout = 30 * time.Second

// request is a request that was sent, in a trace of its own.
type request struct {
	trace  ids
	digest hmac.Digest // of a signed request
	// begun and ended are when it was sent and when its answer had arrived.
	begun, ended time.Time
	status       int
	header       http.Header
	failure      error
}

// ids are the ids of a span in which nothing else is done.
type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

// newIDs returns the ids of a new trace. The trace id begins with 8 zero bytes,
// because OSProfiler's jaeger:// driver keeps only the last 8.
func newIDs() ids {
	var id ids
	_, _ = rand.Read(id.trace[8:]) // never fails
	_, _ = rand.Read(id.span[:])
	return id
}

func (id ids) baseID() string   { return propagation.BaseID(id.trace) }
func (id ids) parentID() string { return propagation.ParentID(id.trace, id.span) }

// newMark returns a number that no other request has by chance.
func newMark() int { return 1_000_000 + mathrand.IntN(8_999_999) } //nolint:gosec // it does not have to be secret

func marked(path string, mark int) string { return fmt.Sprintf(path, mark) }

// session sends requests to a cloud with one token.
type session struct {
	client http.Client
	token  string
	header map[string]string // more headers of all requests
}

func newSession(provider *gophercloud.ProviderClient) *session {
	s := &session{client: provider.HTTPClient, token: provider.Token()}
	s.client.Timeout = answerTimeout
	// The signature and the token are for this host only.
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// get sends a GET. Without a key it is not signed, and traceparent says that it is
// not sampled.
func (s *session) get(ctx context.Context, address string, key hmac.Key) *request {
	return s.do(ctx, http.MethodGet, address, newIDs(), key, nil, nil)
}

// do sends a request with these ids. body and answer are JSON, or nil.
func (s *session) do(ctx context.Context, method, address string, id ids, key hmac.Key, body, answer any) *request {
	sent := &request{trace: id, digest: key.Digest()}
	content := io.Reader(http.NoBody)
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			sent.failure = err
			return sent
		}
		content = strings.NewReader(string(text))
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		sent.failure = err
		return sent
	}
	flags := "00"
	if !key.IsZero() {
		flags = "01"
		info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id.baseID(), ParentID: id.parentID()})
		r.Header.Set(hmac.HeaderInfo, info)
		r.Header.Set(hmac.HeaderHMAC, mac)
	}
	r.Header.Set("Traceparent", "00-"+id.trace.String()+"-"+id.span.String()+"-"+flags)
	r.Header.Set(httpheader.RequestID, "req-"+id.baseID())
	r.Header.Set("X-Auth-Token", s.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "ostrace-doctor")
	for name, value := range s.header {
		r.Header.Set(name, value)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	sent.begun = time.Now()
	response, err := s.client.Do(r)
	sent.ended = time.Now()
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // the address is in the report
		}
		sent.failure = err
		return sent
	}
	defer response.Body.Close()
	sent.status, sent.header = response.StatusCode, response.Header
	content = io.LimitReader(response.Body, 16<<20)
	if answer != nil && response.StatusCode < http.StatusMultipleChoices {
		sent.failure = json.NewDecoder(content).Decode(answer)
	}
	_, _ = io.Copy(io.Discard, content) // so that the connection is used again
	return sent
}

// traceparentOf returns the trace id in the answer's traceparent.
func (r *request) traceparentOf() (id trace.TraceID, found bool) {
	parts := strings.Split(r.header.Get("Traceparent"), "-")
	if len(parts) != 4 {
		return id, false
	}
	id, err := trace.TraceIDFromHex(parts[1])
	return id, err == nil
}

// requestID reports whether the answer has a request id. Nova's older releases have
// it under a name of their own too.
func (r *request) requestID() bool {
	return r.header.Get(httpheader.RequestID) != "" || r.header.Get("X-Compute-Request-Id") != ""
}
