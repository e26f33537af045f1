// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
)

func TestReasonsStayWithTheirCode(t *testing.T) {
	listed := []survivor{
		{"hmac/a.go", 3, 7, "INVERT_LOGICAL", "if a || b {", "a and b are never both true | or false"},
		{"hmac/b.go", 7, 7, "INVERT_LOGICAL", "if c {", "gone"},
		{"otelhttp/a.go", 1, 7, "INVERT_LOGICAL", "if a || b {", "kept"},
	}
	read, err := parse(format(listed))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read, listed) {
		t.Errorf("read %v", read)
	}
	got := merge(read, "hmac", []survivor{
		{"hmac/a.go", 5, 7, "INVERT_LOGICAL", "if a || b {", ""},
		{"hmac/a.go", 4, 7, "CONDITIONALS_NEGATION", "if a || b {", ""},
		{"hmac/a.go", 9, 7, "INVERT_LOGICAL", "if a || b {", ""},
	})
	want := []survivor{
		{"hmac/a.go", 4, 7, "CONDITIONALS_NEGATION", "if a || b {", ""},
		{"hmac/a.go", 5, 7, "INVERT_LOGICAL", "if a || b {", listed[0].why},
		{"hmac/a.go", 9, 7, "INVERT_LOGICAL", "if a || b {", ""},
		listed[2],
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "# Another page\n", heading + "| hmac/a.go | 3 |\n", heading + "| hmac/a.go | x | A | `` b `` | c |\n"} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
