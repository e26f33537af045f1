// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// outlasting returns a context that ends some time after ctx.
func outlasting(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(by, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() {
		stop()
		cancel()
	}
}

// cleaningUp returns the context for work that must be done also where ctx has
// ended.
func cleaningUp(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithoutCancel(ctx), cleanUpTimeout, fmt.Errorf("not done after %s", cleanUpTimeout))
}

// attempt does work that may be done again, within the time for one answer.
func attempt(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	return do(ctx)
}

// pause is the time between two looks at a server, growing from short to 2 s.
type pause struct{ length time.Duration }

// firstPause is a variable for the tests.
var firstPause = 100 * time.Millisecond

func newPause() *pause { return &pause{firstPause} }

func (p *pause) next(ctx context.Context) error {
	timer := time.NewTimer(p.length)
	defer timer.Stop()
	p.length = min(2*p.length, 2*time.Second)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
