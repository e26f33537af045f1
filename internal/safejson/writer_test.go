// SPDX-License-Identifier: Apache-2.0

package safejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

func TestWriter(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": \"plain\",\n\t\"b\": \"é 世 🙂\"}":  "{\"a\": \"plain\",\n\t\"b\": \"é 世 🙂\"}",
		"\"\u009b31m\u009d\u007f\"":                `"\u009b31m\u009d\u007f"`,
		"\"\u202e\u2066\u200f\u061c\u2028\ufeff\"": `"\u202e\u2066\u200f\u061c\u2028\ufeff"`,
		"\"\U000e0001\"":                           `"\udb40\udc01"`,
		"\"\xff\xe4\xb8\"":                         `"\ufffd\ufffd\ufffd"`,
		`"\u009b"`:                                 `"\u009b"`,
	} {
		for name, by := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader} {
			var out bytes.Buffer
			if _, err := io.Copy(NewWriter(&out), by(strings.NewReader(text))); err != nil || out.String() != want {
				t.Errorf("%s, %q: %q, %v, want %q", name, text, out.String(), err, want)
			}
		}
	}
}

func TestWriterReturnsTheError(t *testing.T) {
	failed := errors.New("failed")
	reader, writer := io.Pipe()
	_ = reader.CloseWithError(failed)
	if n, err := NewWriter(writer).Write([]byte("{}")); n != 0 || !errors.Is(err, failed) {
		t.Error(n, err)
	}
}

// The value stays the same, and no character that controls a terminal is left.
func FuzzWriter(f *testing.F) {
	f.Add("\u009b\u202e\U000e0001\xff é", 3)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		quoted, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := NewWriter(&out)
		cut = min(max(cut, 0), len(quoted))
		for _, part := range [][]byte{quoted[:cut], quoted[cut:]} {
			if n, err := w.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		var got, want any
		if json.Unmarshal(quoted, &want) != nil || json.Unmarshal(out.Bytes(), &got) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q became %q", quoted, out.String())
		}
		if !utf8.Valid(out.Bytes()) || strings.ContainsFunc(out.String(), func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("%q", out.String())
		}
	})
}
