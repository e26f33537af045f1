// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"time"
)

// errAnswer is the error for an answer that the client can't process.
var errAnswer = errors.New("the server's answer can't be read: the server is not a Redis")

// await returns the result of f, or the context's error as soon as the context
// ends. While the client waits for an answer, it respects a context's deadline,
// but not its cancellation; in that case f ends later, with the answer or with
// its timeout.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errAnswer}
		defer func() {
			_ = recover() // the client panics when the length is larger than any memory
			done <- o
		}()
		o.value, o.err = f()
	}()
	select {
	case o := <-done:
		if deadline, found := ctx.Deadline(); o.err != nil && found && !time.Now().Before(deadline) {
			o.err = context.DeadlineExceeded // the client calls it a timeout
		}
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
