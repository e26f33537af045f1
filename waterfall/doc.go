// SPDX-License-Identifier: Apache-2.0

// Package waterfall draws a trace in the terminal: what failed, then a tree of
// spans, and beside it each span's service, its duration and its place on a
// common time axis, and at the end where the time went. HTML writes the same as a
// page for a browser, with everything that the spans hold, and DOT as a graph for
// Graphviz.
//
// Traces come from the network and from stores that anybody may have written
// to, so bad data is drawn as it is, as far as it goes: spans with unknown or
// circular parents, with an id that another one has, without a start or an end,
// or outside their parent's time. Every span is on a line of its own or counted
// in one that is folded. Whatever could steer a terminal is replaced before it
// is written.
//
// Equal siblings share a line, such as "7 × SQL_SELECT", and so do subtrees:
// "4 × GET /servers/{id} (28 spans)" stands for four requests and all that is
// below them, with the sum of the requests' time and a bar for each. Where a
// subtree comes again elsewhere, as each service's check of the token does, its
// first span stands for it: "GET /v3/auth/tokens (3 spans)", or "(3)" where
// there is little room. No error is hidden in this way, nor anything unfinished.
// Long ids in paths become "{id}".
//
// A tree of more than 100 lines is folded further, step by step, until it has
// no more, if it can: layers of spans with one name, as of a client of which
// every function is traced, become one line; so do equal siblings with others
// between them; then what took little time, as a line below the tree says; and
// at last what comes again with the same errors, "(704 spans, 5 errors)".
//
// The mark • stands before the bars of the critical path, which is what the end
// of the trace waited for: of the spans below each span the last one to end,
// then the last one to end before that one began, and so on.
package waterfall
