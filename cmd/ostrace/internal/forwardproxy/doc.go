// SPDX-License-Identifier: Apache-2.0

// Package forwardproxy is an HTTP forward proxy on this machine for one program
// whose requests are observed (RFC 9110, section 9.3.6, CONNECT).
//
// The proxy opens the TLS only of those hosts that its [Config] names. It uses
// certificates of an authority that is made for this one proxy. The authority's
// key is never written to a file. The Config's round tripper sends each request to
// these hosts. The proxy tunnels the connections to all other hosts: it sees only
// their names and ports.
//
// The program gets the same answers as without the proxy. Status, reason, headers
// and bodies are passed on unchanged, and bodies are streamed in both directions.
// Only the spelling of header names, and the headers that HTTP defines for a
// single connection ("hop by hop", RFC 9110, section 7.6.1), can differ. A
// connection speaks the same version of HTTP on both sides. The server chooses it
// from those that the program offered.
//
// # When the server can't be reached
//
// The proxy connects to the server, and verifies its certificate, before it
// answers CONNECT. If it can't connect, it answers 502 with the reason in the
// status line. If the TLS handshake fails, for example because the certificate
// does not verify, the proxy passes the connection on unopened. The program then
// sees the server's own certificate, and decides as it would without the proxy.
//
// A later request, or one in plain HTTP, can get no answer from the server. Then the
// proxy ends the program's connection without an answer too, because the program
// could take the proxy's answer for the server's.
//
// # Who can use it
//
// The proxy listens on 127.0.0.1. Its URL has a random password. It answers a
// request without the password with 407.
package forwardproxy
