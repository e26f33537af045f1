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
	e.measure = func(ctx context.Context, s setup) ([]row, error) {
		m.blocks++
		if err := m.failures[m.blocks]; err != nil {
			if errors.Is(err, context.Canceled) {
				cancel()
			}
			return nil, err
		}
		round := 1
		for e.table.has(round, s.name) {
			round++
		}
		m.measured[s.name]++
		return madeBlock(s, round), nil
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
	for _, at := range []int{1, 5, 9, 30, 31} {
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
	once := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}, failures: map[int]error{4: broken}}
	if err := once.run(t); err != nil {
		t.Errorf("one failure ends it: %v", err)
	}
	if once.measured[nothing] != maxRounds {
		t.Errorf("the baseline was measured %d times", once.measured[nothing])
	}
	twice := &madeExperiment{file: filepath.Join(t.TempDir(), tableName), measured: map[string]int{}, failures: map[int]error{4: broken, 5: broken}}
	if err := twice.run(t); !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 1, ") {
		t.Errorf("two failures of a block: %v", err)
	}
}
