// SPDX-License-Identifier: Apache-2.0

// Package calls turns a trace into calls, which can be counted and compared with
// the calls of other traces. A call is a span. Its [Operation] says what was
// called, without the values that differ from call to call: a SQL statement
// without its literals, a route without its ids, the method of an RPC.
package calls
