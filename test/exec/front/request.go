// SPDX-License-Identifier: Apache-2.0

package front

import (
	"net/http"

	"github.com/ostrace/ostrace/hmac"
)

// Request is a request that arrived at the front.
type Request struct {
	Method string
	Host   string // the host name to which it was sent
	Path   string
	Proto  string // such as HTTP/2.0
	Status int    // the status of the answer; 0 before there is an answer

	Trace       hmac.TraceInfo // the ids in the signed headers; empty if the cloud's key does not verify them
	RequestID   string         // X-Openstack-Request-Id
	Traceparent string
}

// String returns the request line, with the host.
func (r Request) String() string { return r.Method + " " + r.Host + r.Path }

func (f *Front) newRequest(r *http.Request) *Request {
	// An error means that the cloud does not trace the request.
	trace, _, _ := f.keys.SignedUnpack(r.Header.Get(hmac.HeaderInfo), r.Header.Get(hmac.HeaderHMAC))
	return &Request{
		Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Proto: r.Proto,
		Trace: trace, RequestID: r.Header.Get("X-Openstack-Request-Id"), Traceparent: r.Header.Get("Traceparent"),
	}
}

// Requests returns the requests that have arrived since the last call, in their
// order. A request is among them before its answer is sent.
func (f *Front) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	requests := make([]Request, len(f.requests))
	for i, r := range f.requests {
		requests[i] = *r
	}
	f.requests = nil
	return requests
}
