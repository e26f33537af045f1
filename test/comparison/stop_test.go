// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
)

func TestStopRule(t *testing.T) {
	for _, test := range []struct {
		progress progress
		quick    bool
		done     bool
		says     string
	}{
		{progress{rounds: 0, half: 0}, false, false, "not finished"},
		{progress{rounds: 7, half: 0}, false, false, "not finished"},
		{progress{rounds: 8, half: 1}, false, true, "precise enough"},
		{progress{rounds: 8, half: 1.01}, false, false, "not finished"},
		{progress{rounds: 11, half: 1.01}, false, false, "not finished"},
		{progress{rounds: 12, half: 1.01}, false, true, "the most rounds"},
		{progress{rounds: 12, half: 0.5}, false, true, "precise enough"},
		{progress{rounds: 0, half: 0}, true, false, "not finished"},
		{progress{rounds: 1, half: 0}, true, true, "not finished"},
	} {
		if got := test.progress.done(test.quick); got != test.done || test.progress.String() != test.says {
			t.Errorf("%+v, quick: %t: %t, %s", test.progress, test.quick, got, test.progress)
		}
	}
}

// Set-ups with little noise stop after the fewest rounds, and the others after the
// most. The baseline goes on as long as any other.
func TestUnfinished(t *testing.T) {
	var rows []row
	for round := 1; ; round++ {
		left := newResults(rows).unfinished(madeSetups(), false)
		var names []string
		for _, s := range left {
			names = append(names, s.name)
		}
		rows = append(rows, madeBlock(left, round, 1)...)
		switch {
		case round <= minRounds && len(left) != len(madeSetups()),
			round > minRounds && round <= maxRounds && !slices.Equal(names, []string{nothing, "otlp"}),
			round > maxRounds && len(left) > 0:
			t.Fatalf("round %d has %q", round, names)
		}
		if len(left) == 0 {
			break
		}
	}
	if got := newResults(rows).progress("otlp"); got.rounds != maxRounds || got.String() != "the most rounds" {
		t.Errorf("otlp: %+v", got)
	}
	if got := newResults(rows).progress("native"); got.rounds != minRounds || got.String() != "precise enough" {
		t.Errorf("native: %+v", got)
	}
}
