// SPDX-License-Identifier: Apache-2.0

// Package forwardproxy is an HTTP forward proxy on this machine for one program
// that is to be observed, as RFC 9110 (section 9.3.6, CONNECT) has it.
//
// It opens the TLS of those hosts only that its [Config] names, with
// certificates of an authority that is made for this one proxy and whose key is
// never written anywhere, and has each of their requests sent by the Config's
// round tripper. Every other host is tunnelled: the proxy sees its name and its
// port, and nothing of what goes through.
//
// What the program sees is what it would see without the proxy: status, reason,
// headers and body are passed on as they come, bodies in both directions while
// they come, but for the headers that HTTP has for one connection ("hop by hop",
// RFC 9110, section 7.6.1) and the spelling of header names. A connection speaks
// the same version of HTTP on both sides, which is one that the server chose of
// those that the program offered.
//
// # When the server can't be reached
//
// The proxy connects to the server, and verifies its certificate, before it
// answers CONNECT. Where it can't connect it answers 502 with the reason in the
// status line. Where the TLS handshake fails, for example because the
// certificate does not verify, it passes the connection on unopened: the program
// then sees the server's own certificate, and decides as it would have without
// the proxy. Later, and for plain HTTP, a request that gets no answer ends the
// program's connection without one, as the server would have ended it: an answer
// of the proxy's own might pass for the server's.
//
// # Who can use it
//
// The proxy listens on 127.0.0.1, and its URL has a random password, without
// which it answers 407.
package forwardproxy
