// SPDX-License-Identifier: Apache-2.0

// Package cloudtrace traces the requests that a program sends to a cloud through
// a proxy. These requests are all that it knows about the program.
//
// Each request becomes a client span, with the name and the attributes that the
// package gophercloudtrace gives. The request is sent with the signed ids of that
// span. The headers that came in decide the parent of the span:
//
//	no headers of a trace                the command's span is the parent
//	a valid traceparent                  the span in traceparent is the parent
//	a valid signature                    the signed span is the parent, and the request
//	                                     is signed with the digest that came in
//	a signature by another key           the command's span is the parent, and all
//	                                     headers are sent unchanged
//
// The package propagation has the same rules for a service that takes part in a
// trace ("When both kinds of header come in"). The command's span has a link to
// each trace other than its own.
//
// # The hosts of the cloud
//
// The cloud is the identity service, whose endpoint is given, and the endpoints in
// its service catalog. The catalog is read from the identity service's answers
// while they pass: the answers to POST and GET /v3/auth/tokens and to GET
// /v3/auth/catalog (https://docs.openstack.org/api-ref/identity/v3/). The part of a
// GET's path before /v3 must be that of a known endpoint of the identity service,
// because anybody can give an object in a cloud's object store a similar name.
//
// # Retries
//
// A program does not say that it sends a request again. A request is a retry if a
// request with the same method and URL failed less than two minutes before. That
// request got no answer, or the status 408, 425, 429, 498, 500, 502, 503 or 504, or
// 401 with another token. The attribute http.request.resend_count then says how
// often the request was sent before.
package cloudtrace
