// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
)

// What a sequence yields arrives in its order, and its goroutine ends, however
// much of it is read.
func TestAhead(t *testing.T) {
	broken := errors.New("broken")
	sequence := func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range 5 {
				if ctx.Err() != nil {
					yield(0, ctx.Err())
					return
				}
				if !yield(i, nil) {
					return
				}
			}
			yield(0, broken)
		}
	}
	for read := 1; read <= 6; read++ {
		synctest.Test(t, func(t *testing.T) { // it waits for the goroutine
			var got []int
			var last error
			for i, err := range ahead(t.Context(), sequence) {
				if last = err; err == nil {
					got = append(got, i)
				}
				if len(got) == read {
					break
				}
			}
			if !slices.Equal(got, []int{0, 1, 2, 3, 4}[:min(read, 5)]) || errors.Is(last, broken) != (read == 6) {
				t.Errorf("%d: %v, %v", read, got, last)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for _, err := range ahead(ctx, sequence) {
			cancel()
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("the last error is %v", last)
		}
	})
}
