// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
)

// experiment measures set-ups in blocks, round after round.
type experiment struct {
	setups  []setup
	measure func(context.Context, []setup) ([]row, error) // a block
	file    string                                        // of the table
	table   table
	log     io.Writer
}

// order returns the set-ups in the order of a round. It follows from the seed alone, so
// that a run that goes on has the same order.
func order(setups []setup, seed uint64, round int) []setup {
	random := rand.New(rand.NewPCG(seed, uint64(round))) //nolint:gosec // no secret
	ordered := make([]setup, len(setups))
	for i, j := range random.Perm(len(setups)) {
		ordered[i] = setups[j]
	}
	return ordered
}

// grouped returns the set-ups that are measured at the same time, in the order of the
// round. The baseline is in each group. Set-ups that have all works have groups of
// their own, so that the baseline does all works as seldom as possible.
func grouped(setups []setup, seed uint64, round int) [][]setup {
	var baseline setup
	kinds := map[bool][]setup{}
	for _, s := range order(setups, seed, round) {
		if s.name == nothing {
			baseline = s
			continue
		}
		kinds[s.all] = append(kinds[s.all], s)
	}
	var all [][]setup
	for _, kind := range []bool{true, false} {
		for group := range slices.Chunk(kinds[kind], beside) {
			all = append(all, order(append([]setup{baseline}, group...), seed, round))
		}
	}
	random := rand.New(rand.NewPCG(seed, uint64(round))) //nolint:gosec // no secret
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// run measures until the rule says stop. It leaves out the blocks that the table has.
func (e *experiment) run(ctx context.Context) error {
	for round := e.round(); ; round++ {
		left := newResults(e.before(round)).unfinished(e.setups, e.table.facts.quick)
		if len(left) == 0 {
			return nil
		}
		for _, group := range grouped(left, e.table.facts.seed, round) {
			var names []string
			for _, s := range group {
				if s.name != nothing {
					names = append(names, s.name)
				}
			}
			if e.table.has(round, names[0]) {
				continue
			}
			fmt.Fprintf(e.log, "comparison: round %d, %s\n", round, strings.Join(names, ", "))
			block, err := e.tryBlock(ctx, group)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, strings.Join(names, ", "), err)
			}
			place := e.table.blocks(round) + 1
			for i := range block {
				block[i].round, block[i].place = round, place
			}
			if err := e.table.appendBlock(e.file, block); err != nil {
				return err
			}
		}
	}
}

// round returns the last round of which the table has a block, or the first round.
func (e *experiment) round() int {
	last := 1
	for _, r := range e.table.rows {
		last = max(last, r.round)
	}
	return last
}

// before returns the rows of earlier rounds. Which set-ups a round has is decided by
// them alone, so that it does not depend on where a run was interrupted.
func (e *experiment) before(round int) []row {
	var rows []row
	for _, r := range e.table.rows {
		if r.round < round {
			rows = append(rows, r)
		}
	}
	return rows
}

// tryBlock measures a block a second time if the first one fails, because a night
// should not end with one request that has failed.
func (e *experiment) tryBlock(ctx context.Context, group []setup) ([]row, error) {
	block, err := e.measure(ctx, group)
	if err == nil || ctx.Err() != nil {
		return block, err
	}
	fmt.Fprintf(e.log, "comparison: the block is measured again, because it failed: %v\n", err)
	again, failure := e.measure(ctx, group)
	if failure != nil {
		return nil, errors.Join(err, failure)
	}
	return again, nil
}
