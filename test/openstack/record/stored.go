// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os/exec"
	"time"

	"github.com/ostrace/ostrace/points"
)

// stored reads a trace from Redis, with one notification in each line.
func stored(ctx context.Context, baseID string) ([]byte, error) {
	return exec.CommandContext(ctx, "redis-cli", "-h", "127.0.0.1", "--raw", "lrange", "osprofiler_opt:"+baseID, "0", "-1").Output() //nolint:gosec // an id
}

// parse makes a trace of the stored notifications.
func parse(baseID string, lines []byte) (*points.Trace, error) {
	return points.NewTrace(baseID, func(yield func(points.Notification, error) bool) {
		for line := range bytes.Lines(lines) {
			if line = bytes.TrimSpace(line); len(line) > 0 && !yield(points.ParseNotification(line)) {
				return
			}
		}
	})
}

// quiet is the time without a new point after which a trace has settled. The
// parts of the work for a server follow each other within some seconds.
const quiet = 12 * time.Second

// settle waits until the trace gets no more points, for at most limit, and
// reports whether it has settled.
func settle(ctx context.Context, baseID string, limit time.Duration) (isQuiet bool, err error) {
	before, began := -1, time.Now()
	for since := began; ; {
		lines, err := stored(ctx, baseID)
		if err != nil {
			return false, err
		}
		now := time.Now()
		switch {
		case len(lines) != before:
			before, since = len(lines), now
		case now.Sub(since) >= quiet:
			return true, nil
		}
		if now.Sub(began) >= limit {
			return false, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return false, err
		}
	}
}
