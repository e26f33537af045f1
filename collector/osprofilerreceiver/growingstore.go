// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"fmt"
	"time"

	"github.com/ostrace/ostrace/points"
)

// growingStore is a store that services write, and that is read again and again.
type growingStore struct {
	store    points.Follower
	interval time.Duration
	cursor   []byte
}

func (g *growingStore) String() string { return fmt.Sprint(g.store) }

func (g *growingStore) close() error { return g.store.Close() }

func (g *growingStore) read(ctx context.Context, batches chan<- batch, report func(state)) error {
	for first := true; ; first = false {
		began := time.Now()
		for page, err := range g.store.Follow(ctx, g.cursor) {
			if err != nil {
				return err
			}
			select {
			case batches <- batch{notifications: page.Notifications, unreadable: page.Unreadable, cursor: page.Cursor}:
				g.cursor = page.Cursor
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if first {
			report(reading)
		}
		// A large store, or a slow one, is not asked all the time.
		if !wait(ctx, min(max(g.interval, 4*time.Since(began)), 12*g.interval)) {
			return ctx.Err()
		}
	}
}
