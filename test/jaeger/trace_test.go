// SPDX-License-Identifier: Apache-2.0

package jaeger_test

import (
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/jaeger"
)

func TestTree(t *testing.T) {
	span := func(id, parent string) jaeger.Span {
		return jaeger.Span{Service: "s", SpanID: id, ParentSpanID: parent}
	}
	for name, test := range map[string]struct {
		trace jaeger.Trace
		says  string // the beginning of the error, or empty if there is none
	}{
		"nothing":          {nil, "0 roots"},
		"one tree":         {jaeger.Trace{span("1", ""), span("2", "1"), span("3", "2")}, ""},
		"two trees":        {jaeger.Trace{span("1", ""), span("2", "1"), span("3", "")}, "2 roots"},
		"a lost parent":    {jaeger.Trace{span("1", ""), span("2", "9")}, "1 of 2 spans lack their parent"},
		"parent elsewhere": {jaeger.Trace{span("1", ""), span("2", "elsewhere"), span("3", "2")}, ""},
		"twice":            {jaeger.Trace{span("1", ""), span("2", "1"), span("2", "1")}, "1 of 3 spans are there twice"},
		"a circle":         {jaeger.Trace{span("1", ""), span("2", "3"), span("3", "2")}, "2 of 3 spans hang under no root"},
	} {
		err := test.trace.TreeBeside(map[string]bool{"elsewhere": true})
		if (test.says == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	trace := jaeger.Trace{span("1", ""), span("2", "elsewhere")}
	if err := trace.Tree(); err == nil {
		t.Error("a parent that is elsewhere is not missed")
	}
}

func TestAbove(t *testing.T) {
	trace := jaeger.Trace{{SpanID: "1", Name: "a"}, {SpanID: "2", ParentSpanID: "1", Name: "b"}, {SpanID: "3", ParentSpanID: "2", Name: "c"}}
	above := trace.Above(trace[2])
	if len(above) != 2 || above[0].Name != "b" || above[1].Name != "a" {
		t.Errorf("above c are %v", above)
	}
}
