// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files that the page of the made-up table is compared with")

// madeTable is a table with enough rounds of the made-up set-ups, except for one.
func madeTable() table {
	t := table{facts: facts{seed: 3, release: "2026.2", machine: "a made-up machine"}}
	for round := 1; round <= maxRounds; round++ {
		measured := slices.DeleteFunc(madeSetups(), func(s setup) bool {
			return s.name == "auto" && round > 5 || s.name != nothing && s.name != "otlp" && round > minRounds
		})
		for place, group := range grouped(measured, t.facts.seed, round) {
			t.rows = append(t.rows, madeBlock(group, round, place+1)...)
		}
	}
	return t
}

// The page and the plots of a made-up table are the files in testdata; -update writes
// them.
func TestPage(t *testing.T) {
	output := t.TempDir()
	if *update {
		output = "testdata"
	}
	if err := os.MkdirAll(filepath.Join(output, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := madeTable().save(filepath.Join(output, folder, tableName)); err != nil {
		t.Fatal(err)
	}
	if err := writePage(output); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pageName, filepath.Join(folder, costsName), filepath.Join(folder, driftName), filepath.Join(folder, tableName)} {
		got, err := os.ReadFile(filepath.Join(output, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another; go test -run TestPage -update writes it:\n%s", name, got)
		}
		if filepath.Ext(name) == ".svg" {
			wellFormed(t, name, got)
		}
	}
}

func wellFormed(t *testing.T, name string, text []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	p := newPage(madeTable())
	answer := p.answer()
	if len(answer) != 3 {
		t.Fatalf("%d sentences", len(answer))
	}
	for _, want := range []string{"+30.", "OSProfiler in Redis", "native OpenTelemetry at the rate 1.0", "spans", "µs", "Without a key", "+0.", "compared with itself"} {
		if !strings.Contains(strings.Join(answer, " "), want) {
			t.Errorf("no %q in %q", want, answer)
		}
	}
	if strings.Contains(p.markdown(), "NaN") {
		t.Error("the page has NaN")
	}
}

// A set-up with too few rounds is named, and has no row.
func TestUnfinishedSetUp(t *testing.T) {
	text := newPage(madeTable()).markdown()
	if !strings.Contains(text, "left out: auto (5 rounds).") || strings.Contains(text, "| Python's auto-instrumentation |") {
		t.Errorf("%s", text)
	}
}

// A quick run has a page with one round, which says so.
func TestQuickPage(t *testing.T) {
	quick := table{facts: facts{quick: true, release: "2026.2"}}
	chosen := slices.DeleteFunc(madeSetups(), func(s setup) bool { return !s.quick })
	for place, group := range grouped(chosen, 1, 1) {
		quick.rows = append(quick.rows, madeBlock(group, 1, place+1)...)
	}
	p := newPage(quick)
	text := p.markdown()
	if len(p.shown) != 5 || !strings.Contains(text, "quick run") || strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Errorf("%d set-ups:\n%s", len(p.shown), text)
	}
}

func TestPageWithoutMeasurements(t *testing.T) {
	if text := newPage(table{}).markdown(); strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Errorf("%s", text)
	}
	wellFormed(t, costsName, []byte(newPage(table{}).costs()))
}
