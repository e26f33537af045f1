// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func dot(t testing.TB, spans []sdktrace.ReadOnlySpan) string {
	t.Helper()
	var out bytes.Buffer
	if err := DOT(&out, spans, DOTOptions{Labels: labeled}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDOT(t *testing.T) {
	r := newRecorder()
	post := r.span(0, "shop", "POST", 0, 62.7)
	r.set(post, "label.detail", "/orders/7")
	create := r.span(post, "shop", "create", 1, 60)
	sql := r.span(create, "shop", "SQL_INSERT", 2, 3)
	r.set(sql, "label.name", "INSERT")
	r.fail(sql, "deadlock")
	r.stubs[r.span(create, "", `a "name" \N & <b>`, 4, 0)-1].EndTime = time.Time{}
	want := `digraph trace {
	node [shape=box];
	s0 [label="shop:POST - 62 ms\n/orders/7"];
	s1 [label="shop:create - 59 ms", style=bold];
	s2 [label="shop:INSERT - 1 ms\ndeadlock", color=red, fontcolor=red];
	s3 [label="(no name):a \"name\" \\N &amp; <b> - unfinished"];
	s0 -> s1 [style=bold];
	s1 -> s2;
	s1 -> s3;
}
`
	if got := dot(t, r.stubs.Snapshots()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := DOT(fullWriter{}, r.stubs.Snapshots(), DOTOptions{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if got, want := dot(t, nil), "digraph trace {\n\tnode [shape=box];\n}\n"; got != want {
		t.Errorf("no spans: %q, want %q", got, want)
	}
}

// The graph has a node for each line of the tree, and an arrow for each line below
// another one.
func TestDOTFolds(t *testing.T) {
	r := newRecorder()
	root := r.span(0, "shop", "list", 0, 100)
	for i := range 3 {
		r.set(r.span(root, "shop", "GET", float64(10*i), float64(10*i+5)), "label.detail", fmt.Sprint("/carts/", i))
	}
	for i := range 3 {
		r.span(r.span(root, "shop", "POST", float64(50+10*i), float64(55+10*i)), "db", "INSERT", float64(51+10*i), float64(53+10*i))
	}
	spans := r.stubs.Snapshots()
	want := `digraph trace {
	node [shape=box];
	s0 [label="shop:list - 100 ms", style=bold];
	s1 [label="shop:3 × GET /carts/{id} - 15 ms", style=bold];
	s2 [label="shop:3 × POST (6 spans) - 15 ms", style=bold];
	s0 -> s1 [style=bold];
	s0 -> s2 [style=bold];
}
`
	if got := dot(t, spans); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var out bytes.Buffer
	if err := DOT(&out, spans, DOTOptions{Labels: labeled, Unfold: true}); err != nil {
		t.Fatal(err)
	}
	if nodes, arrows := strings.Count(out.String(), "label="), strings.Count(out.String(), "->"); nodes != 10 || arrows != 9 {
		t.Errorf("unfolded, it has %d nodes and %d arrows:\n%s", nodes, arrows, out.String())
	}
}

// A name stays between the quotation marks of its label, whatever it contains.
func TestDOTEscapes(t *testing.T) {
	for in, want := range map[string]string{
		`plain`:                 `plain`,
		`"`:                     `\"`,
		`\`:                     `\\`,
		`\"];x[label="`:         `\\\"];x[label=\"`,
		`\l\r\n\N\G`:            `\\l\\r\\n\\N\\G`,
		"two\nlines\r\x00":      `two␊lines␍␀`,
		`a &amp; b &#34;`:       `a &amp;amp; b &amp;#34;`,
		"\xff\u202e数据库":         "\ufffd\ufffd数据库",
		`<table>`:               `<table>`,
		strings.Repeat(`"`, 99): strings.Repeat(`\"`, 59) + "…",
	} {
		if got := escapeDOT(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
