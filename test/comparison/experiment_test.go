// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	names := func(all []setup) (names []string) {
		for _, s := range all {
			names = append(names, s.name)
		}
		return names
	}
	first := names(order(setups, 1, 1))
	if !slices.Equal(first, names(order(setups, 1, 1))) {
		t.Error("the same seed and round have another order")
	}
	for name, other := range map[string][]string{"round": names(order(setups, 1, 2)), "seed": names(order(setups, 2, 1)), "table": names(setups)} {
		if slices.Equal(first, other) {
			t.Errorf("another %s has the same order", name)
		}
		if !slices.Equal(slices.Sorted(slices.Values(first)), slices.Sorted(slices.Values(other))) {
			t.Errorf("another %s has other set-ups", name)
		}
	}
}

// In each round, each set-up is in one group, and the baseline is in all of them.
func TestGrouped(t *testing.T) {
	for round := 1; round <= 3; round++ {
		seen := map[string]int{}
		all := grouped(setups, 1, round)
		for _, group := range all {
			kinds := map[bool]bool{}
			for _, s := range group {
				seen[s.name]++
				if s.name != nothing {
					kinds[s.all] = true
				}
			}
			if len(group) > beside+1 || len(kinds) != 1 {
				t.Errorf("round %d has a group of %d set-ups of %d kinds", round, len(group)-1, len(kinds))
			}
		}
		for _, s := range setups {
			want := 1
			if s.name == nothing {
				want = len(all)
			}
			if seen[s.name] != want {
				t.Errorf("round %d has %s %d times, want %d", round, s.name, seen[s.name], want)
			}
		}
	}
	if first, second := grouped(setups, 1, 1), grouped(setups, 1, 2); slices.EqualFunc(first, second, func(a, b []setup) bool { return a[1].name == b[1].name }) {
		t.Error("two rounds have the same groups")
	}
}

// madeExperiment has made-up blocks, and counts how often each was measured. It is
// interrupted before the block of that number.
type madeExperiment struct {
	file     string
	measured map[string]int
	failures map[int]error // by the number of the block
	blocks   int
}

func (m *madeExperiment) run(t *testing.T) error {
	t.Helper()
	table, err := openTable(m.file, facts{seed: 3, release: "2026.2", machine: "made up"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e := &experiment{setups: madeSetups(), file: m.file, table: table, log: io.Discard}
	e.measure = func(_ context.Context, group []setup) ([]row, error) {
		m.blocks++
		if err := m.failures[m.blocks]; err != nil {
			if errors.Is(err, context.Canceled) {
				cancel()
			}
			return nil, err
		}
		named := group[0]
		if named.name == nothing {
			named = group[1]
		}
		round := 1
		for e.table.has(round, named.name) {
			round++
		}
		for _, s := range group {
			m.measured[s.name]++
		}
		return madeBlock(group, round, e.table.blocks(round)+1), nil
	}
	return e.run(ctx)
}

// A run that was interrupted, and whose last block was cut off, has the same table in
// the end as one that was not.
func TestResume(t *testing.T) {
	whole := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}}
	if err := whole.run(t); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole.file)
	if err != nil {
		t.Fatal(err)
	}
	cut := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}, failures: map[int]error{}}
	for _, at := range []int{1, 3, 5, 9, 10} {
		cut.failures[cut.blocks+at] = context.Canceled
		if err := cut.run(t); !errors.Is(err, context.Canceled) {
			t.Fatalf("it was not interrupted: %v", err)
		}
		text, err := os.ReadFile(cut.file)
		if err != nil {
			t.Fatal(err)
		}
		if table, err := readTable(text); err != nil || len(table.rows) == 0 {
			continue
		}
		// The machine stops while the last block is written.
		if err := os.WriteFile(cut.file, text[:len(text)-40*at%300-2], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := cut.run(t); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(cut.file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the table is another: %d bytes, want %d", len(got), len(want))
	}
	blocks := cut.blocks
	if err := cut.run(t); err != nil || cut.blocks != blocks {
		t.Errorf("a finished run goes on: %v", err)
	}
}

// A block that fails is measured once more.
func TestFailedBlock(t *testing.T) {
	broken := errors.New("a request failed")
	once := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}, failures: map[int]error{2: broken}}
	if err := once.run(t); err != nil {
		t.Errorf("one failure ends it: %v", err)
	}
	if once.measured["otlp"] != maxRounds || once.measured[nothingAgain] != minRounds {
		t.Errorf("the set-ups were measured so often: %v", once.measured)
	}
	twice := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}, failures: map[int]error{2: broken, 3: broken}}
	if err := twice.run(t); !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 1, ") {
		t.Errorf("two failures of a block: %v", err)
	}
}
