// SPDX-License-Identifier: Apache-2.0

// Package waterfall draws OpenTelemetry traces. [Draw] writes a trace as text for a
// terminal: what failed, then a tree of spans, and beside it each span's service,
// its duration and its place on a common time axis, and at the end where the time
// went. [HTML] writes it as a page for a browser, with everything that the spans
// hold, and [DOT] as a graph for Graphviz.
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
// parent's time. Every span is on a line of its own, or is counted in a line that
// is folded. Whatever could steer a terminal is replaced before it is written.
//
// # Folding
//
// Equal siblings share a line, such as "7 × SELECT", and so do subtrees:
// "4 × GET /carts/{id} (28 spans)" stands for four requests and everything below
// them, with the sum of the requests' time and a bar for each. If a subtree occurs
// again elsewhere, as a check of the caller's token does, its first span stands for
// it: "GET /token (3 spans)", or "(3)" where there is little room. Errors and
// unfinished spans are not hidden in this way. Long ids in paths become "{id}".
//
// A tree of more than 100 lines is folded further, step by step, until it has no
// more than that, if this is possible. First, layers of spans with one name become
// one line, as those of a client in which every function is traced. Then equal
// siblings share a line although others are between them. Then what took little
// time is folded, and a line below the tree says so. At last, subtrees that occur
// again with the same errors are folded: "(704 spans, 5 errors)".
//
// # The critical path
//
// The mark • stands before the bars of the critical path, which is what the end of
// the trace waited for: of the spans below each span the last one to end, then the
// last one to end before that one began, and so on.
package waterfall
