// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"fmt"

	"github.com/ostrace/ostrace/points"
)

// source is where notifications come from.
type source interface {
	fmt.Stringer // where it is, without a password

	// read sends batches until it fails or ctx ends, and continues where an
	// earlier call ended. It reports when its state changes.
	read(ctx context.Context, batches chan<- batch, report func(state)) error

	close() error
}

// state is what a source does.
type state int

const (
	reading state = iota
	standingBy
)

// batch is what was read at once.
type batch struct {
	notifications []points.Notification
	// unreadable are the errors about what could not be used.
	unreadable []error
	// cursor is how far the source was read with this batch, or nil for a queue.
	cursor []byte
	// hashes and redelivered are those of a queue's messages, for each
	// notification one. redelivered is true where RabbitMQ says that it has
	// delivered the message before.
	hashes      []uint64
	redelivered []bool
	// accepted is called when the batch is stored. It is nil where there is
	// nothing to acknowledge.
	accepted func()
}

// withoutRecent returns the batch without messages that were accepted before, and
// their number.
func (b batch) withoutRecent(r recent) (batch, int) {
	var known map[uint64]bool
	fresh := batch{unreadable: b.unreadable, cursor: b.cursor, accepted: b.accepted}
	for i, n := range b.notifications {
		if b.hashes != nil {
			if b.redelivered[i] && known == nil {
				known = make(map[uint64]bool, len(r))
				for _, hash := range r {
					known[hash] = true
				}
			}
			if b.redelivered[i] && known[b.hashes[i]] {
				continue
			}
			fresh.hashes = append(fresh.hashes, b.hashes[i])
		}
		fresh.notifications = append(fresh.notifications, n)
	}
	return fresh, len(b.notifications) - len(fresh.notifications)
}
