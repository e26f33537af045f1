// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// maxLabel is the largest number of columns of a line in a label.
const maxLabel = 60

// DOTOptions say what a graph contains.
type DOTOptions struct {
	// Labels say what is written of a span. A graph has no kinds and no ids.
	Labels Labels
}

// DOT writes a trace to w as a directed graph in the language of Graphviz
// (https://graphviz.org/doc/info/lang.html), for "dot -Tsvg" and similar
// commands. The graph has a node for each span, and an arrow to each of its
// children.
//
// A node has the span's service, its name and its duration in whole milliseconds,
// and below them its detail. Spans that failed are red, and the
// critical path is bold. DOT returns the error of w.
func DOT(w io.Writer, spans []sdktrace.ReadOnlySpan, opts DOTOptions) error {
	t := newTree(spans, opts.Labels)
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
	took := strconv.FormatInt(n.duration().Milliseconds(), 10) + " ms"
	if n.open {
		took = "unfinished"
	}
	label := escapeDOT(t.services[n.service].name) + ":" + escapeDOT(n.title) + " - " + took
	if detail := call(t.labels.Detail, n.span); detail != "" {
		label += `\n` + escapeDOT(detail)
	}
	return label
}

// dotEscapes replaces characters with a special meaning in a label: quotation marks,
// escape sequences such as \l and \N, and the entities of HTML.
var dotEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "&", "&amp;")

func escapeDOT(s string) string { return dotEscapes.Replace(clean(s, maxLabel)) }
