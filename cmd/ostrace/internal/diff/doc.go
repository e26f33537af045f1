// SPDX-License-Identifier: Apache-2.0

// Package diff compares two sets of traces and names what changed between them: which
// service or SQL statement became slower, which request is made more often, what is
// new and what is gone. A set can be one trace.
//
// # What is compared
//
// Traces of two sets are not the same requests: a client that waits asks more or less
// often, and the load of two days differs. So each operation is compared by call, and
// the statements and requests that a request makes are compared by request.
//
//   - The own time of the calls of an operation: the time in which none of the calls
//     below was running. So a slow service does not make its callers look slow.
//   - The number of calls that a request or an RPC makes: its SQL statements, and its
//     requests to other services, each by operation.
//   - The own time of all requests that a service answered.
//
// # Noise
//
// A difference is reported only if it is larger than the noise, whose bounds are in
// noise.go. With at least seven calls on both sides the bound comes from the spread
// of the calls: a Mann–Whitney U test, at three standard deviations. With fewer calls
// the bound is fixed. Traces of a busy machine are slower everywhere, so what all
// other services took longer is expected of each service too.
package diff
