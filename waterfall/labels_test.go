// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// labeled are labels that the spans of a test have as attributes.
var labeled = Labels{
	Name:   labelOf("label.name"),
	Detail: labelOf("label.detail"),
	Kind:   labelOf("label.kind"),
	IDs: func(span sdktrace.ReadOnlySpan) []attribute.KeyValue {
		return slices.DeleteFunc(slices.Clone(span.Attributes()), func(a attribute.KeyValue) bool { return a.Key != "other.id" })
	},
	Missing: func(span sdktrace.ReadOnlySpan) (start, end bool) {
		missing := labelOf("label.missing")(span)
		return missing == "start", missing == "end"
	},
}

func labelOf(key attribute.Key) func(sdktrace.ReadOnlySpan) string {
	return func(span sdktrace.ReadOnlySpan) string {
		for _, a := range span.Attributes() {
			if a.Key == key {
				return a.Value.AsString()
			}
		}
		return ""
	}
}

// set gives a span attributes with text: keys and values in turn.
func (r *recorder) set(id int, attributes ...string) {
	stub := &r.stubs[id-1]
	for i := 0; i < len(attributes); i += 2 {
		stub.Attributes = append(stub.Attributes, attribute.String(attributes[i], attributes[i+1]))
	}
}

func TestLabels(t *testing.T) {
	r := newRecorder()
	root := r.span(0, "shop", "GET", 0, 100)
	r.set(root, "label.detail", "/carts/42")
	for i := range 3 {
		id := r.span(root, "shop", "GET", float64(10*i), float64(10*i+5))
		r.set(id, "label.detail", fmt.Sprint("/items/", i), "label.kind", "http")
	}
	r.set(r.span(root, "shop", "query", 50, 60), "label.name", "SELECT items", "label.detail", "from a cache")
	r.stubs[r.span(root, "shop", "call", 70, 80)-1].SpanKind = trace.SpanKindClient
	spans := r.stubs.Snapshots()
	for name, test := range map[string]struct {
		labels Labels
		want   []string // the lines
		kinds  []string
	}{
		"none": {Labels{}, []string{"GET", "3 × GET", "query", "call"}, []string{"internal", "client"}},
		"all":  {labeled, []string{"GET /carts/42", "3 × GET /items/{id}", "SELECT items from a cache", "call"}, []string{"internal", "http", "client"}},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(spans, test.labels)
			var got, kinds []string
			tree.walk(func(l line) { got = append(got, label(l.run)) })
			for _, k := range tree.kinds {
				kinds = append(kinds, k.name)
			}
			if !slices.Equal(got, test.want) || !slices.Equal(kinds, test.kinds) {
				t.Errorf("lines %q, kinds %q", got, kinds)
			}
		})
	}
	if drawn := draw(t, spans, Options{Labels: labeled, Names: []string{"CARTS/42"}}); !strings.Contains(drawn, "1 of 6 spans") {
		t.Errorf("a detail is not found:\n%s", drawn)
	}
}

// Layers are spans of one name, whatever their details.
func TestLayersHaveOneName(t *testing.T) {
	r := newRecorder()
	api := r.span(0, "shop", "client", 0, 100)
	r.set(api, "label.detail", "list")
	r.set(r.span(api, "shop", "client", 1, 90), "label.detail", "get")
	tree := newTree(r.stubs.Snapshots(), labeled)
	tree.folding = folding{layers: true}
	var got []string
	tree.walk(func(l line) { got = append(got, label(l.run)+count(l, 100)) })
	if want := []string{"client list (2 spans)"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestMissing(t *testing.T) {
	r := newRecorder()
	r.span(0, "shop", "has both", 10, 20)
	r.set(r.span(0, "shop", "has no start", 30, 30), "label.missing", "start")
	r.set(r.span(0, "shop", "has no end", 40, 40), "label.missing", "end")
	r.stubs[r.span(0, "shop", "has a zero start", 0, 50)-1].StartTime = time.Time{}
	r.stubs[r.span(0, "shop", "has a zero end", 60, 0)-1].EndTime = time.Time{}
	var got []string
	for _, n := range newTree(r.stubs.Snapshots(), labeled).nodes {
		got = append(got, fmt.Sprintf("%s: %v to %v %s", n.name, n.start, n.end, n.note))
	}
	want := []string{
		"has both: 0s to 10ms ", "has no start: 20ms to 20ms no start", "has no end: 30ms to 50ms unfinished",
		"has a zero start: 40ms to 40ms no start", "has a zero end: 50ms to 50ms unfinished",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
