// SPDX-License-Identifier: Apache-2.0

// Package waterfall draws OpenTelemetry traces. [Draw] writes a trace as text for a
// terminal. The text begins with the failures. Then comes a tree of spans, with each
// span's service, its duration and its place on a common time axis. Tables at the
// end show which spans took the time. [HTML] writes the trace as a page for a
// browser, with all data of the spans. [DOT] writes it as a graph for Graphviz.
//
// The spans are those that OpenTelemetry's SDK hands to exporters and span
// processors. A command-line tool can collect its own, and draw them before it
// ends:
//
//	recorder := tracetest.NewSpanRecorder()
//	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
//	…
//	err := waterfall.Draw(os.Stderr, recorder.Ended(), waterfall.Options{})
//
// # Bad data
//
// Traces come from the network and from stores that anybody may have written to,
// so bad data is drawn as far as possible: spans with unknown or circular parents,
// with the id of another span, without a start or an end, or outside their
// parent's time. Every span has its own line, or is counted on a folded line. All
// characters that could control a terminal are replaced before they are written.
//
// # Folding
//
// Equal siblings share a line, such as "7 × SELECT", and so do subtrees:
// "4 × GET /carts/{id} (28 spans)" is the line of four requests and all spans below
// them, with the sum of the requests' time and a bar for each. If a subtree occurs
// again elsewhere, such as a check of the caller's token, only its first span has a
// line: "GET /token (3 spans)", or "(3)" if there is little room. Errors and
// unfinished spans are not hidden in this way. Long ids in paths become "{id}".
//
// A tree of more than 100 lines is folded further, step by step, until it has no
// more than that, if this is possible. First, layers of spans with one name become
// one line, as those of a client in which every function is traced. Then equal
// siblings share a line although others are between them. Then spans that took
// little time are folded, and a line below the tree says so. At last, subtrees that occur
// again with the same errors are folded: "(704 spans, 5 errors)".
//
// # The critical path
//
// The critical path is the chain of work that determined when the trace ended. At each
// moment it is in exactly one span. A span that is not on it could have taken less
// time, and the trace would still have taken as long. Among the children of a span,
// the path goes through the last one to end, then the last one to end before that one
// began, and so on. The time between them is the span's own. A child that ends after
// its parent is not on the parent's path, because the parent did not wait for it. If
// another service recorded the child, its clock can be wrong, so it is on the path up
// to its parent's end, unless it is the consumer of a message.
//
// The mark • is before the bars of as few lines as have four fifths of the path's time.
// A table below the tree adds up the path by service and name. Work that goes on after
// a span has ended, such as that of a goroutine that a request began, is in the rows of
// its own spans. The time between those spans is in a row "after" the span that has
// ended.
//
// # Waiting
//
// A program that waits for work that it did not call asks again and again, until the
// state is the one that it waits for. The path does not go through these polls, but
// through the work, from the time at which the work ended back to the request that
// began it. Polls are HTTP requests of one span, with the same path and query, with
// pauses in which no child of that span is open. A pause has at least 50 ms, and a tenth
// of the one before. The work is the span
// that outlived the span that began it, and that ended after the start of the last poll
// but one and before the end of the last poll.
//
// A note on the span that waits, or on its polls, names the services in which the path
// was in that time: "waiting for nova-compute 1.93 s, neutron-server 812 ms". If the
// trace has no such work, or the work ended at another time, the note is "waiting,
// cause not in the trace". This needs three polls, or two with a pause that takes half
// of the time or more.
//
// A program also polls until something that it has deleted is gone. The last poll is
// answered with the status 404, and its span has failed. After a DELETE of the same
// path, such a span is drawn as expected. It has no mark of an error, and is not
// counted as one.
package waterfall
