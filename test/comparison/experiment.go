// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// experiment measures set-ups in blocks, round after round.
type experiment struct {
	setups  []setup
	measure func(context.Context, setup) ([]row, error) // a block
	file    string                                      // of the table
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

// run measures until the rule says stop. It leaves out the blocks that the table has.
func (e *experiment) run(ctx context.Context) error {
	for round := e.round(); ; round++ {
		left := newResults(e.before(round)).unfinished(e.setups, e.table.facts.quick)
		if len(left) == 0 {
			return nil
		}
		measured := map[string]bool{}
		for _, s := range left {
			measured[s.name] = true
		}
		for place, s := range order(e.setups, e.table.facts.seed, round) {
			if !measured[s.name] || e.table.has(round, s.name) {
				continue
			}
			fmt.Fprintf(e.log, "comparison: round %d, %s\n", round, s.name)
			block, err := e.tryBlock(ctx, s)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, s.name, err)
			}
			for i := range block {
				block[i].round, block[i].place, block[i].setup = round, place+1, s.name
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
func (e *experiment) tryBlock(ctx context.Context, s setup) ([]row, error) {
	block, err := e.measure(ctx, s)
	if err == nil || ctx.Err() != nil {
		return block, err
	}
	fmt.Fprintf(e.log, "comparison: %s is measured again, because it failed: %v\n", s.name, err)
	again, failure := e.measure(ctx, s)
	if failure != nil {
		return nil, errors.Join(err, failure)
	}
	return again, nil
}
