// SPDX-License-Identifier: Apache-2.0

// Package limit ends the reading of a server, or of something that was mistaken
// for one, that never stops answering. Real traces stay far below the limits.
package limit

import (
	"fmt"
	"iter"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
)

// Limits tell how much is read at most.
type Limits struct {
	// Elements is the number of notifications of a trace, of traces in a list,
	// and of keys and rows that are searched for them.
	Elements int
	// Bytes is the size of a trace's notifications.
	Bytes int64
	// Idle is the number of answers in a row that have nothing new.
	Idle int
}

// Default returns the limits of every store. The largest known traces, those of
// the creation of a server, have 10,000 notifications and 20 MB.
func Default() Limits { return Limits{Elements: 10_000_000, Bytes: 4 << 30, Idle: 1_000_000} }

// Notifications yields the elements of a sequence, until there are more
// notifications, or more bytes, than the limits allow. It yields an error then,
// and ends.
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

// Each yields the elements of a sequence, until there are more than the limits
// allow. It yields an error then, and ends.
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

// Count returns an error for more elements than the limits allow.
func (l Limits) Count(elements int) error {
	if elements > l.Elements {
		return fmt.Errorf("there are more than %d entries of this kind, and no more are read", l.Elements)
	}
	return nil
}

// Progress counts the answers in a row that have nothing new.
type Progress struct{ idle int }

// Answer counts an answer, and returns an error if too many answers in a row
// had nothing new.
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
