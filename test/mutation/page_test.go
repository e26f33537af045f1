// SPDX-License-Identifier: Apache-2.0

package main

import (
	"reflect"
	"slices"
	"testing"
)

func TestReasonsStayWithTheirCode(t *testing.T) {
	p := &page{
		figures: []figures{{name: "hmac", mutants: 20, killed: 17, equivalent: 2, survived: 1, notViable: 3}, {name: "otelhttp"}},
		survivors: []survivor{
			{"hmac/a.go", 3, 7, "INVERT_LOGICAL", "if a || b {", "a and b are never both true | or false"},
			{"hmac/b.go", 7, 7, "INVERT_LOGICAL", "if c {", "gone"},
			{"otelhttp/a.go", 1, 7, "INVERT_LOGICAL", "if a || b {", "kept"},
		},
	}
	read, err := parse(p.format())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, p) {
		t.Errorf("read %v", read)
	}
	got := merge(read.survivors, "hmac", []survivor{
		{"hmac/a.go", 5, 7, "INVERT_LOGICAL", "if a || b {", ""},
		{"hmac/a.go", 4, 7, "CONDITIONALS_NEGATION", "if a || b {", ""},
		{"hmac/a.go", 9, 7, "INVERT_LOGICAL", "if a || b {", ""},
	})
	want := []survivor{
		{"hmac/a.go", 4, 7, "CONDITIONALS_NEGATION", "if a || b {", ""},
		{"hmac/a.go", 5, 7, "INVERT_LOGICAL", "if a || b {", p.survivors[0].why},
		{"hmac/a.go", 9, 7, "INVERT_LOGICAL", "if a || b {", ""},
		p.survivors[2],
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "# Another page\n", introduction,
		introduction + "| hmac | 1 |\n" + explanation,
		introduction + "| hmac | x | 1 | 1 | 1 | 1 | 1 |\n" + explanation,
		introduction + explanation + "| hmac/a.go | 3 |\n",
		introduction + explanation + "| hmac/a.go | x | A | `` b `` | c |\n",
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
