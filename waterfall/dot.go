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
	// Unfold gives every span a node of its own.
	Unfold bool
}

// DOT writes a trace to w as a directed graph in the language of Graphviz
// (https://graphviz.org/doc/info/lang.html), for "dot -Tsvg" and similar
// commands. The graph has a node for each line of the tree that [Draw] draws, and an
// arrow to each line below it. So equal siblings share a node, and a large trace is
// folded until the graph has 100 nodes, if that is possible.
//
// A node has the span's service, its name and its duration in whole milliseconds, or
// the number of its spans and the sum of their durations. Below them it has the detail,
// and the note of the tree. Spans that failed are red. The nodes with the mark of the
// critical path are bold, and so are the arrows to them. DOT returns the error of w.
func DOT(w io.Writer, spans []sdktrace.ReadOnlySpan, opts DOTOptions) error {
	t := newTree(spans, opts.Labels)
	t.fold(opts.Unfold)
	t.mark()
	out := bufio.NewWriterSize(w, 1<<15)
	out.WriteString("digraph trace {\n\tnode [shape=box];\n")
	var above []int // the nodes above the next one
	type arrow struct {
		from, to int
		marked   bool
	}
	var arrows []arrow
	nodes := 0
	t.walk(func(l line) {
		marked := t.isMarked(l)
		above = above[:len(l.levels)]
		if len(above) > 0 {
			arrows = append(arrows, arrow{above[len(above)-1], nodes, marked})
		}
		above = append(above, nodes)
		out.WriteString("\ts" + strconv.Itoa(nodes) + " [label=\"" + t.dotLabel(l) + "\"")
		if l.run[0].failed {
			out.WriteString(", color=red, fontcolor=red")
		}
		if marked {
			out.WriteString(", style=bold")
		}
		out.WriteString("];\n")
		nodes++
	})
	for _, a := range arrows {
		out.WriteString("\ts" + strconv.Itoa(a.from) + " -> s" + strconv.Itoa(a.to))
		if a.marked {
			out.WriteString(" [style=bold]")
		}
		out.WriteString(";\n")
	}
	out.WriteString("}\n")
	return out.Flush()
}

// dotLabel is the text of a node between its quotation marks.
func (t *tree) dotLabel(l line) string {
	n := l.run[0]
	took := strconv.FormatInt(sumOfDurations(l.run).Milliseconds(), 10) + " ms"
	if n.open {
		took = "unfinished"
	}
	name, detail := n.title, call(t.labels.Detail, n.span)
	if len(l.run) > 1 {
		name, detail = number(len(l.run))+" × "+commonName(l.run), ""
	}
	lines := []string{escapeDOT(t.services[n.service].name) + ":" + escapeDOT(name) + count(l, maxLabel) + " - " + took}
	for _, text := range [...]string{detail, n.note} {
		if text != "" && text != took {
			lines = append(lines, escapeDOT(text))
		}
	}
	return strings.Join(lines, `\n`)
}

// dotEscapes replaces characters with a special meaning in a label: quotation marks,
// escape sequences such as \l and \N, and the entities of HTML.
var dotEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "&", "&amp;")

func escapeDOT(s string) string { return dotEscapes.Replace(clean(s, maxLabel)) }
