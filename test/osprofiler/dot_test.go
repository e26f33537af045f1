// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/waterfall"
)

// graphviz draws a graph as SVG and returns the texts in it. Any message of dot
// about the graph is an error.
func graphviz(t *testing.T, graph []byte) (texts []string) {
	t.Helper()
	var svg, stderr bytes.Buffer
	dot := exec.CommandContext(t.Context(), "/usr/bin/dot", "-Tsvg")
	dot.Stdin, dot.Stdout, dot.Stderr = bytes.NewReader(graph), &svg, &stderr
	if err := dot.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("dot: %v, %s; test/osprofiler/install installs what is needed\n%s", err, &stderr, graph)
	}
	decoder := xml.NewDecoder(&svg)
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if inText = token.Name.Local == "text"; inText {
				texts = append(texts, "")
			}
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				texts[len(texts)-1] += string(token)
			}
		}
	}
}

// Graphviz shows each name unchanged, whatever it holds.
func TestGraphvizShowsNames(t *testing.T) {
	names := []string{
		"GET /v2.1/servers/detail?limit=1&marker=x",
		`"quoted"`, `back\slash`, `\N \G \l \n \\`, `"]; evil [label="`, "<b>bold</b>", "<", "{a|b}", "&amp; &#34;",
		"digraph", "数据库", "a -> b;", "// no comment", "# none either", "ends in a backslash \\",
	}
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "service"))))
	for _, name := range names {
		_, span := provider.Tracer("").Start(t.Context(), name)
		defer span.End()
	}
	spans := make([]sdktrace.ReadOnlySpan, 0, len(names))
	for _, span := range recorder.Started() {
		spans = append(spans, span)
	}
	var graph bytes.Buffer
	if err := waterfall.DOT(&graph, spans, waterfall.DOTOptions{Unfold: true}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range graphviz(t, graph.Bytes()) {
		text = strings.ReplaceAll(text, "\u00a0", " ")
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(text, "service:"), " - unfinished"))
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("got\n%q\nwant\n%q", got, names)
	}
}

// The graph has all spans of a trace, and is one tree.
func TestGraphvizDrawsATrace(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	tracer := provider.Tracer("")
	ctx, root := tracer.Start(t.Context(), "root")
	const children = 100
	for i := range children {
		_, span := tracer.Start(ctx, fmt.Sprintf("child %d", i))
		span.End()
	}
	root.End()
	var graph bytes.Buffer
	if err := waterfall.DOT(&graph, recorder.Ended(), waterfall.DOTOptions{Unfold: true}); err != nil {
		t.Fatal(err)
	}
	if got := len(graphviz(t, graph.Bytes())); got != 1+children {
		t.Errorf("%d labels, want %d", got, 1+children)
	}
	if got := strings.Count(graph.String(), " -> "); got != children {
		t.Errorf("%d arrows, want %d", got, children)
	}
}
