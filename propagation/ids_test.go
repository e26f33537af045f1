// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/quick"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
)

// The vectors were made by osprofiler._utils.uuid_to_int128 and shorten_id.
func TestIDVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/osprofiler-ids.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		IDs []struct {
			UUID   string `json:"uuid"`
			Int128 string `json:"int128_hex"`
			Low64  string `json:"low64_hex"`
			Short  string `json:"short_as_printed"`
		} `json:"ids"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.IDs) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors.IDs {
		id, ok := TraceID(v.UUID)
		if !ok || id.String() != v.Int128 {
			t.Errorf("TraceID(%s) = %s, %v; want %s", v.UUID, id, ok, v.Int128)
		}
		if got := BaseID(id); got != v.UUID {
			t.Errorf("BaseID(%s) = %s, want %s", id, got, v.UUID)
		}
		if got := ShortID(id); got != v.Short {
			t.Errorf("ShortID(%s) = %s, want %s", id, got, v.Short)
		}
		span, ok := SpanID(v.UUID)
		if want := v.Low64 != "0000000000000000"; ok != want || span.String() != v.Low64 {
			t.Errorf("SpanID(%s) = %s, %v; want %s, %v", v.UUID, span, ok, v.Low64, want)
		}
	}
}

// The bridge.
func TestBridgeThereAndBack(t *testing.T) {
	thereAndBack := func(traceID trace.TraceID, spanID trace.SpanID) bool {
		base, parent := BaseID(traceID), ParentID(traceID, spanID)
		gotTrace, okTrace := TraceID(base)
		gotSpan, okSpan := SpanID(parent)
		root := ParentID(traceID, trace.SpanID(traceID[8:]))
		return gotTrace == traceID && okTrace == traceID.IsValid() &&
			gotSpan == spanID && okSpan == spanID.IsValid() &&
			strings.ReplaceAll(base, "-", "") == traceID.String() &&
			parent[:19] == base[:19] && root == base
	}
	if err := quick.Check(thereAndBack, nil); err != nil {
		t.Error(err)
	}
	if !thereAndBack(trace.TraceID{}, trace.SpanID{}) {
		t.Error("zero ids")
	}
}

// A UUID names a trace in each form that Python reads, but the one with zeros only
// does not: OpenTelemetry refuses it.
func TestTraceID(t *testing.T) {
	for text, want := range map[string]string{
		testBase:                               testTrace,
		testTrace:                              testTrace,
		"{" + testBase + "}":                   testTrace,
		"00000000-0000-0000-0000-000000000000": "",
		testTrace[1:]:                          "",
		"":                                     "",
	} {
		id, ok := TraceID(text)
		if ok != (want != "") || ok && id.String() != want {
			t.Errorf("%q: got %s, %v; want %q", text, id, ok, want)
		}
	}
}

func TestSpanIDOf16Digits(t *testing.T) {
	for text, want := range map[string]string{
		"423e96d038e9de81":                     "423e96d038e9de81",
		"423E96D038E9DE81":                     "423e96d038e9de81",
		"b74f3410-5463-852d-423e-96d038e9de81": "423e96d038e9de81",
		"0000000000000000":                     "",
		"423e96d038e9de8":                      "",
		"423e96d038e9de810":                    "",
		"423e96d038e9de8g":                     "",
		"423e-96d038e9de8":                     "",
		"{423e96d038e9de}":                     "",
		"０１２３４":                                "", // 15 bytes
		"":                                     "",
	} {
		id, ok := SpanID(text)
		if ok != (want != "") || ok && id.String() != want {
			t.Errorf("%q: got %s, %v; want %q", text, id, ok, want)
		}
	}
}

func TestIsRoot(t *testing.T) {
	for _, test := range []struct {
		base, parent string
		want         bool
	}{
		{testBase, testBase, true},
		{testBase, strings.ToUpper(testBase), true},
		{testTrace, "{" + testBase + "}", true},
		{"1", "1", true},
		{testBase, testParent, false},
		{testBase, testTrace[16:], false},
		{testBase, "1", false},
		{"1", testBase, false},
		{"1", "2", false},
		{"1", "01", false},
		{"00000000-0000-0000-0000-000000000000", "", false},
		{"", "00000000-0000-0000-0000-000000000000", false},
		{testTrace, testTrace + "0", false},
		{testTrace + "0", testTrace, false},
	} {
		if got := IsRoot(test.base, test.parent); got != test.want {
			t.Errorf("%q, %q: got %v", test.base, test.parent, got)
		}
	}
}

// The bridge: which ids a span's parent tells by itself.
func TestDerivable(t *testing.T) {
	traceID, spanID := trace.TraceID{0xa1, 8: 2}, trace.SpanID{3}
	base, parent := BaseID(traceID), ParentID(traceID, spanID)
	of := func(traceID trace.TraceID, spanID trace.SpanID) trace.SpanContext {
		return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID})
	}
	for name, test := range map[string]struct {
		ids              hmac.TraceInfo
		parent           trace.SpanContext
		baseID, parentID bool
	}{
		"a parent":                {hmac.TraceInfo{BaseID: base, ParentID: parent}, of(traceID, spanID), true, true},
		"a root":                  {hmac.TraceInfo{BaseID: base, ParentID: base}, of(traceID, trace.SpanID{}), true, true},
		"a root, of a parent":     {hmac.TraceInfo{BaseID: base, ParentID: base}, of(traceID, spanID), true, false},
		"a parent, of a root":     {hmac.TraceInfo{BaseID: base, ParentID: parent}, of(traceID, trace.SpanID{}), true, false},
		"upper case":              {hmac.TraceInfo{BaseID: strings.ToUpper(base), ParentID: "A" + parent[1:]}, of(traceID, spanID), false, false},
		"without hyphens":         {hmac.TraceInfo{BaseID: strings.ReplaceAll(base, "-", ""), ParentID: spanID.String()}, of(traceID, spanID), false, false},
		"another trace":           {hmac.TraceInfo{BaseID: parent, ParentID: parent}, of(traceID, spanID), false, true},
		"no trace":                {hmac.TraceInfo{BaseID: BaseID(trace.TraceID{}), ParentID: BaseID(trace.TraceID{})}, trace.SpanContext{}, false, false},
		"no trace, and a span id": {hmac.TraceInfo{BaseID: base, ParentID: parent}, of(trace.TraceID{}, spanID), false, false},
	} {
		if baseID, parentID := Derivable(test.ids, test.parent); baseID != test.baseID || parentID != test.parentID {
			t.Errorf("%s: %v, %v", name, baseID, parentID)
		}
	}
}
