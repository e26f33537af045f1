// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// recordStrangers restarts Nova's services in each round, so that their threads
// have seen no trace yet: they keep that of the first server, whose trace is
// whole and then fills up, and what comes later is cut off at the API. The
// number of servers that follow, the pauses, and whether those are traced differ
// from round to round.
func recordStrangers(ctx context.Context, c *cloud, count int, longest time.Duration) error {
	pauses := []time.Duration{5 * time.Second, 2 * time.Second, 20 * time.Second, 2 * time.Second, time.Minute, 10 * time.Second, 40 * time.Second, 3 * time.Minute}
	for round := range count {
		wait := min(pauses[round%len(pauses)], longest)
		if err := recordRound(ctx, c, 1+round*7%10, wait, round%4 != 3); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "record: round %d of %d is done\n", round+1, count)
	}
	return nil
}

// recordRound has so many servers follow a first one.
func recordRound(ctx context.Context, c *cloud, following int, wait time.Duration, traced bool) (err error) {
	if err := restartNova(ctx); err != nil {
		return err
	}
	what := "traced"
	if !traced {
		what = "untraced"
	}
	first := Recording{Kind: "contaminated", Client: fmt.Sprintf("server, %d %s after %v", following, what, wait)}
	if first.BaseID, first.Spans, err = c.trace(ctx, doing{"server", server}); err != nil {
		return err
	}
	// Threads that have kept it may add to it for ever.
	const longEnough = 40 * time.Second
	if first.Settled, _, err = settle(ctx, first.BaseID, longEnough); err != nil {
		return err
	}
	var later []Recording
	if err := pause(ctx, wait); err != nil {
		return err
	}
	for range following {
		if !traced {
			untraced, err := c.connect(ctx, sdktrace.NewTracerProvider())
			if err != nil {
				return err
			}
			if _, err := servers.List(untraced.compute, nil).AllPages(ctx); err != nil {
				return err
			}
			if err := server(ctx, untraced); err != nil {
				return err
			}
			continue
		}
		r := Recording{Kind: "cut off", Client: fmt.Sprintf("server, after others and %v", wait)}
		if r.BaseID, r.Spans, err = c.trace(ctx, doing{"server", server}); err != nil {
			return err
		}
		later = append(later, r)
	}
	settled, _, err := settle(ctx, first.BaseID, longEnough)
	if err != nil {
		return err
	}
	if err := first.write(ctx, c); err != nil {
		return err
	}
	// Three of a round are enough: they are much alike.
	for i := range min(len(later), 3) {
		later[i].Settled = settled
		if err := later[i].write(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func restartNova(ctx context.Context) error {
	restart := exec.CommandContext(ctx, "./openstack", "restart", "nova-conductor", "nova-scheduler", "nova-compute")
	restart.Stderr = os.Stderr
	if err := restart.Run(); err != nil {
		return fmt.Errorf("the services do not restart: %w", err)
	}
	return nil
}
