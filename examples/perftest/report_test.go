// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// example returns three rounds whose differences are known: w3c takes 1 %
// longer than none, unknown-key 2 %, and traced 50 %. Their list calls take 10,
// 20 and 30 µs more processor time.
func example() report {
	r := report{modes: []string{modeNone, modeW3C, modeUnknownKey, modeTraced}, rounds: 3, passes: 5, seed: 1}
	for round := range r.rounds {
		base := time.Duration(round+1) * time.Second
		for i, mode := range r.modes {
			factor := []float64{1, 1.01, 1.02, 1.5}[i]
			for _, phase := range phases {
				s := sample{round: round + 1, mode: mode, phase: phase, cost: cost{wall: time.Duration(float64(base) * factor), requests: 10, waiting: base / 2}}
				if phase == phaseList {
					s.requests = 100
					s.cpu = 100 * (time.Millisecond + time.Duration(10*i)*time.Microsecond)
					s.typical, s.ratio = s.wall/100, factor
				}
				r.samples = append(r.samples, s)
			}
		}
	}
	return r
}

func TestComparisons(t *testing.T) {
	results := newResults(example().samples)
	for i, want := range [][]float64{{1, 1, 1}, {1, 1, 1}, {0.1, 0.05, 0.1 / 3}} {
		got := results.compare(comparisons[i], w3cAgainstNone)
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%s: %v, want %v", comparisons[i].name, got, want)
		}
	}
	page := markdown(t, example())
	for _, want := range []string{
		"| the whole scenario | +1.00 (+1.00 to +1.00) | +2.00 (+2.00 to +2.00) | +50.00 (+50.00 to +50.00) | +47.06 (+47.06 to +47.06) |",
		"| a list call | +1.00",
		"| the client's share of a list call | +0.05 (+0.03 to +0.10) | +0.10 (+0.07 to +0.20) |",
		"| the whole scenario, s | 6.00 (3.00 to 9.00) | 6.06 (3.03 to 9.09) |",
		"fewer than ten rounds", "](perftest.svg)", "](perftest.csv)",
		"| its deletion, s | 2.00 (1.00 to 3.00) |",
		"| a list call, ms | 20.00 (10.00 to 30.00) |",
		"| the mean wait for an answer, ms | 25.00 (12.50 to 37.50) |",
		"| its requests | 120 (120 to 120) |",
		"| the client's processor time for a list call, µs | 1000 (1000 to 1000) | 1010 (1010 to 1010) |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func markdown(t *testing.T, r report) string {
	t.Helper()
	var b strings.Builder
	if err := r.page(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTypicalCall(t *testing.T) {
	const ms = time.Millisecond
	if got := typical([][]time.Duration{{1 * ms, 2 * ms, 90 * ms}, {4 * ms, 6 * ms}}); got != 3500*time.Microsecond {
		t.Errorf("%v, want the mean of 2 ms and 5 ms", got)
	}
}

// A ratio compares calls of the same turn, whatever the turn's own pace.
func TestRatio(t *testing.T) {
	const ms = time.Millisecond
	first := [][]time.Duration{{10 * ms, 40 * ms, 20 * ms}, {100 * ms, 500 * ms}}
	other := [][]time.Duration{{11 * ms, 44 * ms, 22 * ms}, {110 * ms, 9000 * ms}}
	if got := ratio(other, first); math.Abs(got-1.1) > 1e-9 {
		t.Errorf("%v, want 1.1", got)
	}
}

// checkMarkdown checks that each table has rows of one length.
func checkMarkdown(t *testing.T, page string) {
	t.Helper()
	tables := 0
	for block := range strings.SplitSeq(page, "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if !strings.HasPrefix(lines[0], "|") {
			continue
		}
		tables++
		for _, line := range lines {
			if strings.Count(line, "|") != strings.Count(lines[0], "|") || !strings.HasSuffix(line, "|") || strings.Contains(line, "NaN") || strings.Contains(line, "Inf") {
				t.Errorf("not a row: %s", line)
			}
		}
	}
	if tables != 2 {
		t.Errorf("%d tables in\n%s", tables, page)
	}
}

// checkSVG checks that the plot is well-formed, with a dot for each round in each
// row.
func checkSVG(t *testing.T, text string, rounds int) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	dots := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "circle" {
			dots++
		}
	}
	rows := 0
	for _, panel := range panels {
		rows += len(panel.rows)
	}
	if want := rounds * rows; dots != want || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("%d dots, want %d, in\n%s", dots, want, text)
	}
}

func checkCSV(t *testing.T, text string, rounds int) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) != 1+rounds*4*len(phases) {
		t.Errorf("%d lines, %v, in\n%s", len(lines), err, text)
	}
}

func TestFilesAreWellFormed(t *testing.T) {
	r := example()
	checkMarkdown(t, markdown(t, r))
	var plot, table strings.Builder
	if err := errors.Join(r.plot(&plot), writeCSV(&table, r.samples)); err != nil {
		t.Fatal(err)
	}
	checkSVG(t, plot.String(), r.rounds)
	checkCSV(t, table.String(), r.rounds)
	if want := "\n2,w3c,list,2.020000,100,1.000000,0.101000,0.020200,1.010000\n"; !strings.Contains(table.String(), want) {
		t.Errorf("no line %q in\n%s", want, table.String())
	}
}

func TestScale(t *testing.T) {
	for _, test := range []struct{ low, high float64 }{{-1.3, 4.2}, {0, 0}, {-0.01, 0.02}, {-30, 900}, {5, 5.2}} {
		s := newScale(test.low, test.high)
		ticks := s.ticks()
		if n := len(ticks); n < 4 || n > 11 || ticks[0] > test.low || ticks[n-1] < test.high {
			t.Errorf("%v: ticks at %v", test, ticks)
		}
		for _, v := range []float64{test.low, test.high} {
			if x := s.x(v); x < plotLeft || x > plotWidth-plotRight {
				t.Errorf("%v: %v is at %v", test, v, x)
			}
		}
	}
}
