// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Reading and writing without encoding/json has the same results as with it.
func FuzzJSONText(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"a":1}`, ` { "a" : [ ] , "b" : { } , "c":[1,-2.5e+3,true,null,"x"]}`, `{"a":{"b":[{"c":"}"}]},"a":"\"]\\"}`,
		`{"\u0061\"":"é\\","":"\ud800"}`, "{\"\xff\":\t\"\xff\"\r\n}", `[{"a":[[]]},[]]`, `"text"`, `12`, `{"a":"\\\\\"","b":0}`,
	} {
		f.Add([]byte(text))
	}
	for _, text := range []string{
		``, ` `, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{1:2}`, `{"a" 1}`, `{"a":1]`, `[1}`, `[`, `[1`, `[1,]`, `[1 2]`, `{} {}`,
		`"`, `"\`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\x1f\"", "\"\x20\x7f\"", "\"a\n\"", `01`, `-`, `-0`, `0.`, `.5`, `1e`, `1E+`, `1e-7`, `+1`, `tru`, `nul`, `fals`, `truefalse`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for range members(text) { // valid or not
		}
		_ = appendIndented(nil, text, 1)
		if got, want := validJSON(text), json.Valid(text); got != want {
			t.Fatalf("%.99q is valid: %v, want %v", text, got, want)
		} else if !want {
			return
		}
		var want bytes.Buffer
		if err := json.Indent(&want, text, "  ", "  "); err != nil {
			t.Fatal(err)
		}
		if got := appendIndented(nil, text, 1); string(got) != strings.TrimRight(want.String(), " \t\r\n") {
			t.Errorf("%q is indented as\n%s\nwant\n%s", text, got, &want)
		}
		type member struct{ key, value string }
		var got, expected []member
		for key, value := range members(text) {
			got = append(got, member{string(key), string(value)})
		}
		in := json.NewDecoder(bytes.NewReader(text))
		if token, _ := in.Token(); token == json.Delim('{') {
			for in.More() {
				key, _ := in.Token()
				var value json.RawMessage
				if err := in.Decode(&value); err != nil {
					t.Fatal(err)
				}
				expected = append(expected, member{key.(string), string(value)})
			}
		}
		if !slices.Equal(got, expected) {
			t.Errorf("the members of %q are %q, want %q", text, got, expected)
		}
	})
}

func TestDepthOfJSON(t *testing.T) {
	for _, depth := range []int{maxDepth, maxDepth + 1} {
		text := []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		if got, want := validJSON(text), json.Valid(text); got != want {
			t.Errorf("%d deep is valid: %v, want %v", depth, got, want)
		}
	}
}
