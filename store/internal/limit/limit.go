// SPDX-License-Identifier: Apache-2.0

// Package limit ends the reading of a store that never ends by itself: of a
// server, or of something that is mistaken for one, that goes on answering for
// ever. What is really stored stays far below.
package limit

import (
	"fmt"
	"iter"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
)

// Limits are how much is read at most.
type Limits struct {
	// Elements is the number of a trace's notifications, of a list's traces,
	// and of the keys and rows among which these are looked for.
	Elements int
	// Bytes is the size of a trace's notifications.
	Bytes int64
	// Idle is the number of answers in a row that bring nothing new.
	Idle int
}

// Default returns the limits of every store. The largest traces that are known,
// of a server's creation, have 10,000 notifications and 20 MB.
func Default() Limits { return Limits{Elements: 10_000_000, Bytes: 4 << 30, Idle: 1_000_000} }

// Notifications yields what a sequence does, until it has more notifications, or
// larger ones, than are read of a trace. An error is the last then.
func (l Limits) Notifications(where connection.String, sequence iter.Seq2[points.Notification, error]) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		count, size := 0, int64(0)
		for n, err := range sequence {
			count, size = count+1, size+int64(len(n.Payload))
			last := l.Count(count)
			if size > l.Bytes {
				last = fmt.Errorf("the trace has more than %d bytes, and no more are read", l.Bytes)
			}
			if last != nil {
				yield(points.Notification{}, where.Wrap(last))
				return
			}
			if !yield(n, err) {
				return
			}
		}
	}
}

// Each yields what a sequence does, until it has more elements than are read. An
// error is the last then.
func Each[T any](l Limits, sequence iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		count := 0
		for element, err := range sequence {
			count++
			if last := l.Count(count); last != nil {
				var none T
				yield(none, last)
				return
			}
			if !yield(element, err) {
				return
			}
		}
	}
}

// Count returns an error for more elements than are read.
func (l Limits) Count(elements int) error {
	if elements > l.Elements {
		return fmt.Errorf("there are more than %d entries of this kind, and no more are read", l.Elements)
	}
	return nil
}

// Progress counts the answers in a row that bring nothing new.
type Progress struct{ idle int }

// Answer counts an answer, and returns an error if there were too many of those
// that brought nothing new.
func (p *Progress) Answer(l Limits, broughtNew bool) error {
	p.idle++
	if broughtNew {
		p.idle = 0
	}
	if p.idle > l.Idle {
		return fmt.Errorf("%d answers in a row brought nothing new, and the server is asked no more", l.Idle)
	}
	return nil
}
