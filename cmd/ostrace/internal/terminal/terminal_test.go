// SPDX-License-Identifier: Apache-2.0

package terminal_test

import (
	"bytes"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"two words", 5, "two…"},
		{"日本語", 5, "日本…"},
		{"日本語", 6, "日本語"},
		{"é́a", 1, "…"},
		{"a\tb\nc", 5, "a b c"},
		{"\x1b[31m", 9, "\ufffd[31m"},
		{"", 3, ""},
	} {
		got := terminal.Cut(test.text, test.columns)
		if got != test.want || uniseg.StringWidth(got) > test.columns {
			t.Errorf("%q in %d columns: got %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := terminal.Number(n); got != want {
			t.Errorf("%d: got %s", n, got)
		}
	}
	if got := terminal.Count(1, "trace") + " " + terminal.Count(2000, "trace"); got != "1 trace 2,000 traces" {
		t.Error(got)
	}
}

func TestMilliseconds(t *testing.T) {
	if got := terminal.Milliseconds(1234567); got != 1.235 {
		t.Errorf("got %v", got)
	}
}

func TestWriter(t *testing.T) {
	write := func(color waterfall.Color) string {
		var out bytes.Buffer
		w := terminal.NewWriter(&out, color)
		w.Width = 20
		w.Paragraph(terminal.Plain, "words that do not fit into one line")
		w.Break()
		w.Table("name", []terminal.Column{{Title: "calls", Width: 5}}, []terminal.Row{
			{Text: "a name that is too long", Figures: []string{"12"}, Below: "details"},
			{Style: terminal.Red, Text: "b", Figures: []string{""}},
		})
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := "words that do not\nfit into one line\n\nname           calls\na name that i…    12\n  details\nb\n"
	if got := write(waterfall.ColorAuto); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	colored := "words that do not\nfit into one line\n\n\x1b[1mname\x1b[0m\x1b[1m           calls\x1b[0m\na name that i…    12\n\x1b[2m  details\x1b[0m\n\x1b[31mb\x1b[0m\n"
	if got := write(waterfall.ColorAlways); got != colored {
		t.Errorf("got\n%q\nwant\n%q", got, colored)
	}
}
