// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"slices"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/requestid"
)

// callerHeader tells a service which process of the cloud calls it. It is
// removed before anything else reads the request.
const callerHeader = "X-Simcloud-Caller"

// Request is a request that arrived at one of the cloud's services.
type Request struct {
	// Service is the type of the service in the catalog, such as "compute".
	Service string
	// Caller is the service.name of the process that sent the request, if it
	// was one of the cloud's own. It is empty for requests from outside.
	Caller string
	Method string
	Path   string
	Query  string
	Header http.Header
	// Signed reports whether the request had a valid signature. Trace has the
	// signed ids.
	Signed bool
	Trace  hmac.TraceInfo
	// ID is the id that the service gave the request. GlobalID is the id that
	// the caller gave it, if that has the right form.
	ID       string
	GlobalID string
}

// Requests returns all requests that arrived, in their order, also the requests
// from one service to another.
func (c *Cloud) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// Intercept passes every request from outside to answer before the service gets
// it. Where answer returns true, it has answered the request itself. service is
// the type of the service in the catalog. A later call replaces answer, and nil
// removes it.
func (c *Cloud) Intercept(answer func(service string, w http.ResponseWriter, r *http.Request) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

func (c *Cloud) intercepted(s *service, w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	answer := c.answer
	c.mu.Unlock()
	return answer != nil && answer(s.kind, w, r)
}

func (c *Cloud) arrived(s *service, r *http.Request, signed bool, t hmac.TraceInfo) Request {
	request := Request{
		Service: s.kind,
		Caller:  r.Header.Get(callerHeader),
		Method:  r.Method,
		Path:    r.URL.Path,
		Query:   r.URL.RawQuery,
		Signed:  signed,
		Trace:   t,
	}
	r.Header.Del(callerHeader)
	request.Header = r.Header.Clone()
	if id := r.Header.Get(httpheader.RequestID); requestid.IsGlobal(id) {
		request.GlobalID = id
	}
	request.ID = s.requestID(request.GlobalID)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, request)
	return request
}
