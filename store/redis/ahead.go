// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"iter"
)

// ahead yields the elements of a sequence, and lets it make the next one while
// the present one is used. The sequence must end soon after its context.
func ahead[T any](ctx context.Context, sequence func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		type element struct {
			value T
			err   error
		}
		elements := make(chan element)
		ctx, cancel := context.WithCancel(ctx)
		stopped := make(chan struct{})
		defer cancel()
		defer close(stopped)
		go func() {
			defer close(elements)
			for value, err := range sequence(ctx) {
				select {
				case elements <- element{value, err}:
				case <-stopped: // nobody reads any more
					return
				}
			}
		}()
		for e := range elements {
			if !yield(e.value, e.err) {
				return
			}
		}
	}
}
