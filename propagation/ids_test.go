// SPDX-License-Identifier: Apache-2.0

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
		// Not one after the other: uuid: is removed after urn:.
		"uurn:uid:b74f34105463852d9c434723dde138d8": true,
		"uruuid:n:b74f34105463852d9c434723dde138d8": false,
	} {
		id, ok := TraceID(text)
		if ok != valid || valid && id.String() != want {
			t.Errorf("%.60q: got %s, %v; want %v", text, id, ok, valid)
		}
	}
}

// The verdicts and values are those of uuid.UUID of CPython 3.11. The tests in
// test/osprofiler compare generated texts with it.
func TestParseOddUUID(t *testing.T) {
	const digits = "12345678901234567890123456789012"
	full := strings.NewReplacer("1", "１", "2", "２", "3", "３").Replace(digits)
	for text, want := range map[string]string{
		full:                             digits,
		"١" + digits[1:]:                 digits, // Arabic-Indic
		"𝟏" + digits[1:]:                 digits, // of mathematics, beyond the 16 bits
		"𝟙" + digits[1:]:                 digits,
		"{urn:uuid:" + full + "}":        digits,
		" " + digits[1:]:                 "0" + digits[1:],
		"\t\n\v\f\r" + digits[5:]:        "00000" + digits[5:],
		digits[:31] + " ":                "0" + digits[:31],
		"\u00a0" + digits[2:] + "\u3000": "00" + digits[2:],
		"+" + digits[1:]:                 "0" + digits[1:],
		"0x" + digits[2:]:                "00" + digits[2:],
		"0X_" + digits[3:]:               "000" + digits[3:],
		" +0x_" + digits[5:]:             "00000" + digits[5:],
		"1_2_3" + digits[5:]:             "00123" + digits[5:],
		"０x" + digits[2:]:                "00" + digits[2:],
		"Ａ" + digits[1:]:                 "", // a letter is no decimal digit
		"²" + digits[1:]:                 "",
		"一" + digits[1:]:                 "",
		"\x1c" + digits[1:]:              "",
		"\u00a0\x1c" + digits[2:]:        "",
		"\x7f" + digits[1:]:              "",
		"\x00" + digits[1:]:              "",
		"_" + digits[1:]:                 "",
		digits[:31] + "_":                "",
		"1__" + digits[3:]:               "",
		"0x__" + digits[4:]:              "",
		"++" + digits[2:]:                "",
		"+ " + digits[2:]:                "",
		"1 " + digits[2:]:                "",
		"0x" + strings.Repeat(" ", 30):   "",
		"+" + strings.Repeat(" ", 31):    "",
		strings.Repeat(" ", 32):          "",
		"0x_" + strings.Repeat(" ", 29):  "",
		" " + digits:                     "", // 33 characters
		full[:len(full)-1]:               "", // 31 characters
		"\xff" + digits[1:]:              "",
		strings.Repeat("１", 33):          "",
		"0x" + strings.Repeat("0", 30):   "", // OpenTelemetry refuses it
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
	} {
		if got := IsRoot(test.base, test.parent); got != test.want {
			t.Errorf("%q, %q: got %v", test.base, test.parent, got)
		}
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("b74f3410-5463-852d-9c43-4723dde138d8")
	f.Add("{urn:uuid:B74F34105463852D9C434723DDE138D8}")
	f.Add("\u3000+0x_1_2\uff1123456789012345678901")
	f.Add("423e96d038e9de81")
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
