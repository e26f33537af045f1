// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// kind is a kind of recordings.
type kind struct {
	keepsTraces bool     // the clouds for which it is made
	clients     []string // the default clients
	record      func(context.Context, runner, []client, *recordings) error
}

var kinds = map[string]kind{
	"clean": {
		clients: []string{
			"go", "python-3,4,5", "list-3,8", "go-3", "python-6,3", "list-5", "go-4", "python-10", "list-3,4,3,4", "go-5", "go-6",
		},
		record: recordClean,
	},
	"strangers": {
		keepsTraces: true,
		clients:     []string{"go", "go", "go", "go", "go", "go"},
		record:      recordStrangers,
	},
}

// sideBySide is the number of clients that work at once on a cloud that keeps
// no traces.
const sideBySide = 3

func recordClean(ctx context.Context, run runner, clients []client, file *recordings) error {
	failures := make([]error, len(clients))
	turns := make(chan struct{}, sideBySide)
	var group sync.WaitGroup
	for i, c := range clients {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			failures[i] = recordOne(ctx, run, c, file)
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

func recordOne(ctx context.Context, run runner, c client, file *recordings) error {
	r, err := run.run(ctx, c)
	if err != nil {
		return err
	}
	settled, err := settle(ctx, r.baseID, 3*time.Minute)
	if err != nil {
		return err
	}
	if !settled {
		return fmt.Errorf("%s, the trace of %s, gets points without an end", r.baseID, c)
	}
	return file.add(ctx, run.cloud, r)
}

// recordStrangers records a cloud whose threads keep the trace of the first
// client. That trace is whole and then gets more and more points, and the later
// traces are cut off.
func recordStrangers(ctx context.Context, run runner, clients []client, file *recordings) error {
	if err := restartWorkers(ctx); err != nil {
		return err
	}
	// After this time the work for a client has ended, so points that begin
	// later are strangers.
	const between = 4 * time.Second
	var done []recording
	for _, c := range clients {
		r, err := run.run(ctx, c)
		if err != nil {
			return err
		}
		done = append(done, r)
		if err := pause(ctx, between); err != nil {
			return err
		}
	}
	// A thread that keeps the trace may add points to it for ever.
	if _, err := settle(ctx, done[len(done)-1].baseID, 40*time.Second); err != nil {
		return err
	}
	for _, r := range done {
		if err := file.add(ctx, run.cloud, r); err != nil {
			return err
		}
	}
	return nil
}
