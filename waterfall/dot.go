// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// maxLabel is how many columns a line of a label in DOT has at most.
const maxLabel = 60

// DOT writes the spans to w as a directed graph in Graphviz's language, for dot
// -Tsvg and the like: a node for each span, an arrow to each of its children.
//
// A node says what "osprofiler trace show --dot" makes its nodes say: the
// service, the point and how long it took, in whole milliseconds, and below it
// the request or the function. Spans that don't come from an OSProfiler point
// have their name. Failed spans are red, and the critical path is drawn bold.
func DOT(w io.Writer, spans []sdktrace.ReadOnlySpan) error {
	t := newTree(spans)
	out := bufio.NewWriterSize(w, 1<<15)
	out.WriteString("digraph trace {\n\tnode [shape=box];\n")
	ids := make(map[*node]string, len(t.nodes))
	for i, n := range t.nodes {
		ids[n] = "s" + strconv.Itoa(i)
		out.WriteString("\t" + ids[n] + " [label=\"" + t.dotLabel(n) + "\"")
		if n.failed {
			out.WriteString(", color=red, fontcolor=red")
		}
		if n.critical {
			out.WriteString(", style=bold")
		}
		out.WriteString("];\n")
	}
	for _, n := range t.nodes {
		if n.parent != nil {
			out.WriteString("\t" + ids[n.parent] + " -> " + ids[n])
			if n.critical {
				out.WriteString(" [style=bold]")
			}
			out.WriteString(";\n")
		}
	}
	out.WriteString("}\n")
	return out.Flush()
}

// dotLabel is the text of a node between its quotation marks.
func (t *tree) dotLabel(n *node) string {
	name := attributeValue(n.span, "osprofiler.point")
	second := functionName(n.span)
	if method := attributeValue(n.span, "http.method"); method != "" && name != "" {
		second = method + " " + attributeValue(n.span, "http.path")
	}
	if name == "" {
		name = n.span.Name()
	}
	took := strconv.FormatInt(n.duration().Milliseconds(), 10) + " ms"
	if n.open {
		took = "unfinished"
	}
	label := escapeDOT(t.services[n.service].name) + ":" + escapeDOT(name) + " - " + took
	if second != "" {
		label += `\n` + escapeDOT(second)
	}
	return label
}

// dotEscapes are what a label can't hold as it is: quotation marks, escape
// sequences such as \l and \N, and the entities of HTML.
var dotEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "&", "&amp;")

func escapeDOT(s string) string { return dotEscapes.Replace(clean(s, maxLabel)) }
