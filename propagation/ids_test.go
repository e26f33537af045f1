package propagation

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/quick"

	"go.opentelemetry.io/otel/trace"
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

// The verdicts are those of uuid.UUID of CPython 3.11.
func TestParseUUID(t *testing.T) {
	const want = "b74f34105463852d9c434723dde138d8"
	for text, valid := range map[string]bool{
		"b74f3410-5463-852d-9c43-4723dde138d8":             true,
		"B74F34105463852D9C434723DDE138D8":                 true,
		"{b74f3410-5463-852d-9c43-4723dde138d8}":           true,
		"urn:uuid:b74f3410-5463-852d-9c43-4723dde138d8":    true,
		"{urn:uuid:b74f34105463852d9c434723dde138d8}":      true,
		"b7-4f-34-10-5463852d9c434723dde138d8-":            true,
		"":                                                 false,
		"1":                                                false,
		"b74f3410-5463-852d-9c43-4723dde138d":              false,
		"b74f3410-5463-852d-9c43-4723dde138d80":            false,
		"b74f3410-5463-852d-9c43-4723dde138dg":             false,
		"9c434723dde138d8":                                 false,
		"b74f3410-5463-852d-9c43-4723dde138d8\t":           false,
		"00000000-0000-0000-0000-000000000000":             false,
		"b74f3410-5463-852d-9c43-4723dde138d8\x00":         false,
		strings.Repeat("-", 4000) + "b74f34105463852d9c43": false,
	} {
		id, ok := TraceID(text)
		if ok != valid || valid && id.String() != want {
			t.Errorf("%.60q: got %s, %v; want %v", text, id, ok, valid)
		}
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("b74f3410-5463-852d-9c43-4723dde138d8")
	f.Add("{urn:uuid:B74F34105463852D9C434723DDE138D8}")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := TraceID(text)
		if !ok {
			return
		}
		if again, ok := TraceID(BaseID(id)); !ok || again != id {
			t.Errorf("%q: %s is read back as %s", text, id, again)
		}
	})
}
