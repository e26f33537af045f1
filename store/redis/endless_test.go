// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// endless are servers that never stop answering.
var endless = map[string]struct {
	command string
	answer  func(c *server.Peer, n int)
	// failed, list and read are the errors with which each reading ends. An
	// empty text means that it does not end.
	failed, list, read string
}{
	"a SCAN without keys that never returns to 0": {"SCAN", func(c *server.Peer, _ int) {
		c.WriteLen(2)
		c.WriteBulk("7")
		c.WriteStrings(nil)
	}, "20 answers in a row", "20 answers in a row", "20 answers in a row"},
	"a SCAN with the same keys for ever": {"SCAN", func(c *server.Peer, n int) {
		c.WriteLen(2)
		c.WriteBulk(strconv.Itoa(n))
		c.WriteStrings([]string{"osprofiler:x", "osprofiler_opt:x", "osprofiler_error:x"})
	}, "more than 50 entries", "more than 50 entries", "more than 50 entries"},
	"a SCAN with other keys for ever": {"SCAN", func(c *server.Peer, n int) {
		c.WriteLen(2)
		c.WriteBulk(strconv.Itoa(n))
		c.WriteStrings([]string{"x" + strconv.Itoa(n)})
	}, "more than 50 entries", "more than 50 entries", "more than 50 entries"},
	"a list without an end": {"LLEN", func(c *server.Peer, _ int) { c.WriteInt(math.MaxInt / 2) }, "", "", "more than 50 entries"},
}

// TestEndless reads servers that never stop answering: up to the limits, which
// are lower here, and without limits until the context ends.
func TestEndless(t *testing.T) {
	for name, test := range endless {
		t.Run(name, func(t *testing.T) {
			r, s := start(t)
			push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""))
			// A connection can still be answered when the reading has ended.
			var answers atomic.Int64
			var each atomic.Pointer[func(n int64)]
			r.Server().SetPreHook(func(c *server.Peer, command string, _ ...string) bool {
				switch command {
				case test.command:
				case "LRANGE":
					if test.command != "LLEN" {
						return false
					}
					c.WriteLen(100)
					for range 100 {
						c.WriteBulk(text(traceID, 1, ""))
					}
					return true
				default:
					return false
				}
				n := answers.Add(1)
				if each := each.Load(); each != nil {
					(*each)(n)
				}
				test.answer(c, int(n))
				return true
			})
			lists := func(filter points.ListFilter) func(ctx context.Context) error {
				return func(ctx context.Context) (last error) {
					for _, err := range s.List(ctx, filter) {
						if last = err; err != nil && !errors.Is(err, points.ErrUnreadable) {
							return err
						}
					}
					return last
				}
			}
			for want, use := range map[*string]func(ctx context.Context) error{
				&test.list: lists(points.AllTraces), &test.failed: lists(points.ErrorTraces),
				&test.read: func(ctx context.Context) (last error) {
					for _, err := range s.Notifications(ctx, traceID) {
						last = err
					}
					return last
				},
			} {
				if *want == "" {
					continue
				}
				s.limits = limit.Limits{Elements: 50, Bytes: 1 << 30, Idle: 20}
				isClear(t, use(t.Context()), *want)

				s.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: math.MaxInt64, Idle: math.MaxInt / 2}
				ctx, cancel := context.WithCancel(t.Context())
				from := answers.Load()
				each.Store(new(func(n int64) {
					if n == from+100 || test.command == "LLEN" {
						cancel()
					}
				}))
				if err := use(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%v, want %v", err, context.Canceled)
				}
				each.Store(nil)
			}
		})
	}
}

// A trace is read up to the limit of bytes.
func TestLargest(t *testing.T) {
	r, s := start(t)
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""), text(traceID, 2, ""))
	s.limits.Bytes = int64(len(text(traceID, 1, "")) + 1)
	ids, err := read(t, s, traceID)
	isClear(t, err, "more than "+strconv.FormatInt(s.limits.Bytes, 10)+" bytes")
	if len(ids) != 1 {
		t.Errorf("read %q", ids)
	}
	if open(t, "redis://h").limits != limit.Default() {
		t.Error("other limits than those of every store")
	}
}
