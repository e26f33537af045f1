// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// beside is the number of set-ups that are measured at the same time, beside the
// baseline. Each has a cloud of its own, which needs 2.5 GB of memory.
const beside = 3

// measured is a side as a block sees it.
type measured interface {
	Up(ctx context.Context, setup string) error
	Begin(ctx context.Context, work string, of size) error
	Slice(ctx context.Context, nth, of int) error
	End(ctx context.Context) ([]row, error)
}

// block is a measurement of some set-ups beside the baseline. Machines are not equally
// fast all the time, so all of them do a little of the work in turn.
type block struct {
	sides  []measured // the first is the baseline's
	size   size
	quick  bool
	settle func(context.Context) error
}

// measure brings the clouds up, and measures each work of the set-ups. The set-ups
// have a random order, and one of them is the baseline. It decides who is the first in
// each turn.
func (b block) measure(ctx context.Context, ordered []setup) (rows []row, err error) {
	began := time.Now()
	sides := map[string]measured{}
	next := 1
	for _, s := range ordered {
		if s.name == nothing {
			sides[s.name] = b.sides[0]
			continue
		}
		sides[s.name] = b.sides[next]
		next++
	}
	if err := atOnce(ordered, func(s setup) error { return sides[s.name].Up(ctx, s.name) }); err != nil {
		return nil, err
	}
	for _, work := range works {
		var doing []setup
		for _, s := range ordered {
			if s.name == nothing || work.isFor(s, b.quick) {
				doing = append(doing, s)
			}
		}
		if len(doing) == 1 {
			continue
		}
		for _, s := range doing {
			if err := sides[s.name].Begin(ctx, work.name, b.size); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
		for nth := range work.slices {
			for i := range doing {
				if nth%2 == 1 {
					i = len(doing) - 1 - i
				}
				if err := sides[doing[i].name].Slice(ctx, nth, work.slices); err != nil {
					return nil, fmt.Errorf("%s: %w", doing[i].name, err)
				}
			}
		}
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		for _, s := range doing {
			of, err := sides[s.name].End(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			rows = append(rows, of...)
		}
	}
	return append(rows, row{work: blockEnd, wall: time.Since(began), at: time.Now()}), nil
}

// atOnce does something for all set-ups at the same time.
func atOnce(all []setup, do func(setup) error) error {
	failures := make([]error, len(all))
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() {
			if err := do(s); err != nil {
				failures[i] = fmt.Errorf("%s: %w", s.name, err)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}
