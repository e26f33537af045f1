// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	want := table{facts: facts{seed: 18446744073709551615, release: "zed", quick: true, machine: "a processor, with: a comma"}}
	for round := 1; round <= 2; round++ {
		want.rows = append(want.rows, madeBlock(madeSetups(), round, 1)...)
	}
	want.rows[0].spans = spans{1, 2, 3, 4, 5, 6}
	want.rows[0].of = `a "quoted", name`
	var b bytes.Buffer
	if err := want.write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := readTable(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got.facts != want.facts || !slices.Equal(got.rows, want.rows) {
		t.Errorf("%+v\n%+v", got.facts, got.rows[:3])
	}
	if !strings.Contains(b.String(), "wall_s") || strings.Count(b.String(), "\n") != 5+len(want.rows) {
		t.Errorf("%.500s", &b)
	}
}

// Wherever a table is cut off, it has the blocks that are whole, and no other row.
func TestCutOff(t *testing.T) {
	whole := table{facts: facts{seed: 1, release: "2026.2"}}
	for place := range 2 {
		whole.rows = append(whole.rows, madeBlock(madeSetups()[:2], 1, place+1)...)
	}
	var b bytes.Buffer
	if err := whole.write(&b); err != nil {
		t.Fatal(err)
	}
	begin := strings.Index(b.String(), "\n1,")
	for end := begin + 1; end <= b.Len(); end++ {
		got, err := readTable(b.Bytes()[:end])
		if err != nil {
			t.Fatalf("cut off after %d bytes: %v", end, err)
		}
		blocks := strings.Count(b.String()[:end], "Z\n") // the end of a block has a time
		rows := 0
		for i, r := range whole.rows {
			if r.work == blockEnd {
				if blocks--; blocks >= 0 {
					rows = i + 1
				}
			}
		}
		if !slices.Equal(got.rows, whole.rows[:rows]) {
			t.Fatalf("cut off after %d bytes, it has %d rows, want %d", end, len(got.rows), rows)
		}
	}
}

func TestWrongTables(t *testing.T) {
	good := facts{seed: 1, release: "2026.2"}.comments() + strings.Join(header, ",") + "\n"
	for text, says := range map[string]string{
		"": "names of the columns",
		strings.Replace(good, "seed: 1", "seed: one", 1): "seed",
		good + "1,2\n": "wrong number of fields",
		good + "one" + strings.Repeat(",", len(header)-1) + "\n": "invalid syntax",
	} {
		if _, err := readTable([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	name := filepath.Join(t.TempDir(), tableName)
	if err := os.WriteFile(name, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range []facts{{release: "zed"}, {release: "2026.2", quick: true}} {
		if _, err := openTable(name, other); err == nil || !strings.Contains(err.Error(), "2026.2, quick: false") {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if kept, err := openTable(name, facts{seed: 9, release: "2026.2"}); err != nil || kept.facts.seed != 1 {
		t.Errorf("%+v, %v", kept.facts, err)
	}
}

func TestZeroFields(t *testing.T) {
	fields := row{round: 1, place: 1, setup: nothing, work: workList}.fields()
	if got := strings.Join(fields, ","); got != "1,1,none,list"+strings.Repeat(",", len(header)-4) {
		t.Errorf("%q", got)
	}
	if fields := (row{cpu: 1500 * time.Microsecond}).fields(); fields[9] != "0.001500" {
		t.Errorf("%q", fields)
	}
}
