// SPDX-License-Identifier: Apache-2.0

// Package cloudtrace traces the requests that a program sends to a cloud through
// a proxy, without knowing more of the program than these requests.
//
// Each request becomes a client span with the name and the attributes that the
// package gophercloudtrace gives, and is sent with the ids of that span, signed.
// Of the headers with which it came in,
//
//	none is a trace's                    its span is below the command's span
//	traceparent is valid                 its span is below traceparent's, in that trace
//	the signature is valid               its span is below the signed one, and what is
//	                                     sent is signed with the digest that came in
//	the signature is of another key      they are all sent as they came in, and the
//	                                     span is below the command's
//
// which is what the package propagation says of a service that takes part in a
// trace ("When both kinds of header come in"). A trace that is not the command's
// is linked from the command's span.
//
// # What is the cloud
//
// The cloud is the identity service, whose endpoint is given, and what its service
// catalog lists, which is read from the identity service's answers while they
// pass: those to POST and GET /v3/auth/tokens and to GET /v3/auth/catalog
// (https://docs.openstack.org/api-ref/identity/v3/).
// A GET must have the path of a known endpoint of the identity service in front of
// /v3, as anybody can name an object of a cloud's object store like such a URL.
//
// # What is a retry
//
// Programs do not say that they send a request again. A request counts as sent
// again where one with the same method and URL, less than two minutes before, got
// no answer, or one of the statuses 408, 425, 429, 498, 500, 502, 503 and 504, or
// 401 with another token. The attribute http.request.resend_count then says how
// often it was sent before.
package cloudtrace
