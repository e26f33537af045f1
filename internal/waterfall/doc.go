// Package waterfall draws a trace in the terminal: a tree of spans, and beside
// it each span's service, its duration and its place on a common time axis.
//
// Traces come from the network and from stores that anybody may have written
// to, so bad data is drawn as it is, as far as it goes: spans with unknown or
// circular parents, with an id that another one has, without a start or an end,
// or outside their parent's time. Every span is on a line of its own or counted
// in a folded run, such as "7 × SQL_SELECT". Whatever could steer a terminal is
// replaced before it is written.
package waterfall
