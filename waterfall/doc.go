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
// The mark • is before the bars of the critical path. These are the spans for which
// the end of the trace waited. Among the children of a span, they are the last one
// to end, then the last one to end before that one began, and so on.
package waterfall
