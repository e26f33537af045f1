// SPDX-License-Identifier: Apache-2.0

// Package stats adds up the calls of traces: by SQL statement, by service, by RPC
// method and by the route of HTTP requests. Traces are added one after the other,
// and none is kept. So the memory grows with the number of different operations, and
// not with the number of traces or calls.
package stats
