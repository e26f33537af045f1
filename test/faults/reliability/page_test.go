// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const root = "../../.."

// The page has each test, with its comment. Subtests are known only when the
// tests run, as in make test.
func TestPageHasTests(t *testing.T) {
	documents, err := documented(root)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for test, d := range documents {
		if want := "[" + test.name + "](../" + d.file + "): passed. " + d.text + "\n"; !strings.Contains(string(text), want) {
			t.Errorf("%s has not: %smake faults writes it", page, want)
		}
	}
	if n := strings.Count(string(text), "\n[Test"); n != len(documents) {
		t.Errorf("%s has %d tests, and there are %d; make faults writes it", page, n, len(documents))
	}
}

// The output of go test -json becomes the lines of a table, which do not depend
// on its order.
func TestRows(t *testing.T) {
	const events = `
{"Action":"run","Test":"TestA/it_falls/b"}
{"Action":"output","Test":"TestA/it_falls/b","Output":"said\n"}
{"Action":"pass","Test":"TestA/it_falls/b"}
{"Action":"fail","Test":"TestA/it_falls/a"}
{"Action":"fail","Test":"TestA/it_falls"}
{"Action":"pass","Test":"TestA/it_breaks/twice/a"}
{"Action":"pass","Test":"TestA/it_breaks/twice"}
{"Action":"skip","Test":"TestA/it_bends"}
{"Action":"pass","Test":"TestAB/other"}
{"Action":"fail","Test":"TestA"}
{"Action":"fail"}`
	tests, output, err := decode([]byte(events))
	if err != nil || output != "said\n" {
		t.Fatal(output, err)
	}
	want := []row{{"it bends", nil, false}, {"it breaks, twice", []string{"a"}, true}, {"it falls", []string{"a", "b"}, false}}
	if got := rows("TestA", tests); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	var table strings.Builder
	writeTable(&table, []row{{"a|b", []string{"x", "y"}, true}, {"c", []string{"x", "y"}, false}, {"d", []string{"x"}, true}})
	if got, want := table.String(), "Unless a line says otherwise, it was tested in each of these cases: x; y.\n\n| what was done | result |\n| --- | --- |\n"+
		"| a\\|b | passed |\n| c | **failed** |\n| d (x) | passed |\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, _, err := decode([]byte("no JSON")); err == nil {
		t.Error("no error")
	}
}

// A comment becomes a sentence without the names of the rules.
func TestSentence(t *testing.T) {
	for comment, want := range map[string]string{
		"First, do no harm: whatever\nit is.":       "Whatever it is.",
		"One trace; first, do no harm: all of\nit.": "All of it.",
		"First, do no harm, over HTTP/2: it works.": "It works.",
		"One trace is one trace: it is.":            "One trace is one trace: it is.",
	} {
		if got := sentence(comment); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDiff(t *testing.T) {
	for want, texts := range map[string][2]string{
		"":                                 {"a\nb\n", "a\nb\n"},
		"- b\n+ c\n":                       {"a\nb\n", "a\nc\n"},
		"the lines are in another order\n": {"a\nb\n", "b\na\n"},
	} {
		if got := diff(texts[0], texts[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
