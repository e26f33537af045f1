// Package waterfall draws a trace in the terminal, or as a page for a browser: a
// tree of spans, and beside it each span's service, its duration and its place
// on a common time axis.
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
package waterfall
