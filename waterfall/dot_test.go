// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func dot(t testing.TB, spans []sdktrace.ReadOnlySpan) string {
	t.Helper()
	var out bytes.Buffer
	if err := DOT(&out, spans); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDOT(t *testing.T) {
	r := newRecorder()
	set := func(id int, attributes ...string) {
		for i := 0; i < len(attributes); i += 2 {
			r.stubs[id-1].Attributes = append(r.stubs[id-1].Attributes, attribute.String(attributes[i], attributes[i+1]))
		}
	}
	post := r.span(0, "nova-api", "WSGI_POST_/servers", 0, 62.7)
	set(post, "osprofiler.point", "wsgi", "http.method", "POST", "http.path", "/servers")
	create := r.span(post, "nova-api", "compute_api", 1, 60)
	set(create, "osprofiler.point", "compute_api", "name", "nova.compute.api.API.create")
	sql := r.span(create, "nova-api", "SQL_SELECT", 2, 3)
	set(sql, "osprofiler.point", "db")
	r.fail(sql, "deadlock")
	r.stubs[r.span(create, "", `a "name" \N & <b>`, 4, 0)-1].EndTime = time.Time{}
	want := `digraph trace {
	node [shape=box];
	s0 [label="nova-api:wsgi - 62 ms\nPOST /servers", style=bold];
	s1 [label="nova-api:compute_api - 59 ms\ncreate", style=bold];
	s2 [label="nova-api:db - 1 ms", color=red, fontcolor=red, style=bold];
	s3 [label="(no name):a \"name\" \\N &amp; <b> - unfinished"];
	s0 -> s1 [style=bold];
	s1 -> s2 [style=bold];
	s1 -> s3;
}
`
	if got := dot(t, r.stubs.Snapshots()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := DOT(fullWriter{}, r.stubs.Snapshots()); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if got, want := dot(t, nil), "digraph trace {\n\tnode [shape=box];\n}\n"; got != want {
		t.Errorf("no spans: %q, want %q", got, want)
	}
}

// Whatever a name holds, it stays between the quotation marks of its label.
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

func ExampleDOT() {
	r := newRecorder()
	call := r.span(0, "hello", "GET /hello", 0, 20)
	r.span(call, "world", "SELECT", 5, 12)
	if err := DOT(os.Stdout, r.stubs.Snapshots()); err != nil {
		panic(err)
	}
	// Output:
	// digraph trace {
	// 	node [shape=box];
	// 	s0 [label="hello:GET /hello - 20 ms", style=bold];
	// 	s1 [label="world:SELECT - 7 ms", style=bold];
	// 	s0 -> s1 [style=bold];
	// }
}
