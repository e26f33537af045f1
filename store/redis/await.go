// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"time"
)

// errAnswer is the error for an answer that the client can't take.
var errAnswer = errors.New("the server's answer can't be read: it is no Redis")

// await returns what f does, or the context's error as soon as that ends. The
// client looks at a context's deadline, but not at its cancellation, while it
// waits for an answer; then f ends with the answer or with its timeout.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errAnswer}
		defer func() {
			_ = recover() // a length that no memory has makes the client panic
			done <- o
		}()
		o.value, o.err = f()
	}()
	select {
	case o := <-done:
		if deadline, found := ctx.Deadline(); o.err != nil && found && !time.Now().Before(deadline) {
			o.err = context.DeadlineExceeded // which the client calls a timeout
		}
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
