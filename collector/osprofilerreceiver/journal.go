// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/ostrace/ostrace/points"
)

// The keys of the storage extension. Storage extensions need not be able to list
// their keys, so open points stand in numbered slots, and slotsKey has the number
// of slots that were ever used.
const (
	acceptedKey = "accepted" // what was read, and whose spans the next consumer has not taken yet
	progressKey = "progress" // how far the source was read, without accepted notifications
	slotsKey    = "slots"    // the number of slots
	slotPrefix  = "open/"    // a slot with an open point
)

// formatVersion is the first byte of each stored value.
const formatVersion = 1

// journal is what the receiver keeps in the storage extension.
//
// A storage extension need not carry out all operations of a batch or none. So
// notifications are accepted in one operation, and those of settle have the order
// in which an interruption repeats spans, loses none, and tears none apart.
type journal struct {
	client  storage.Client
	read    progress
	pending bool  // there are accepted notifications
	slots   int   // the number of slots that were ever used
	free    []int // the slots that are free
}

// progress is how far the source was read.
type progress struct {
	cursor []byte
	recent recent
}

// openJournal reads what an earlier run has left: the open points, and the
// notifications whose spans the next consumer may not have taken.
func openJournal(ctx context.Context, client storage.Client) (*journal, []*openPoint, []points.Notification, error) {
	j := &journal{client: client}
	accepted, progress, slots := storage.GetOperation(acceptedKey), storage.GetOperation(progressKey), storage.GetOperation(slotsKey)
	if err := client.Batch(ctx, accepted, progress, slots); err != nil {
		return nil, nil, nil, err
	}
	if slots.Value != nil {
		d := versioned(slots.Value)
		if j.slots = int(d.uint()); d.err != nil || j.slots > 2*maxOpenPoints {
			return nil, nil, nil, errStored
		}
	}
	var left []points.Notification
	var d *decoder
	switch {
	case accepted.Value != nil:
		j.pending = true
		d = versioned(accepted.Value)
		j.read = d.progress()
		for count := d.uint(); count > 0 && d.err == nil; count-- {
			left = append(left, d.notification())
		}
	case progress.Value != nil:
		d = versioned(progress.Value)
		j.read = d.progress()
	}
	if d != nil && d.err != nil {
		return nil, nil, nil, d.err
	}
	open, err := j.readSlots(ctx)
	return j, open, left, err
}

func (j *journal) readSlots(ctx context.Context) ([]*openPoint, error) {
	const atOnce = 1000
	var open []*openPoint
	for first := 0; first < j.slots; first += atOnce {
		var ops []*storage.Operation
		for slot := first; slot < min(first+atOnce, j.slots); slot++ {
			ops = append(ops, storage.GetOperation(slotKey(slot)))
		}
		if err := j.client.Batch(ctx, ops...); err != nil {
			return nil, err
		}
		for i, op := range ops {
			if op.Value == nil {
				j.free = append(j.free, first+i)
				continue
			}
			d := versioned(op.Value)
			p := &openPoint{slot: first + i, arrived: time.UnixMilli(d.int()), half: d.notification()}
			if d.err != nil {
				return nil, d.err
			}
			open = append(open, p)
		}
	}
	slices.SortStableFunc(open, func(a, b *openPoint) int { return a.arrived.Compare(b.arrived) })
	return open, nil
}

// accept stores a batch, before its messages are acknowledged. halves are those of
// open points that the batch completes, so that its spans can be made of the
// accepted notifications alone.
func (j *journal) accept(ctx context.Context, b batch, halves []points.Notification) error {
	next := progress{j.read.cursor, j.read.recent.with(b.hashes)}
	if b.cursor != nil {
		next.cursor = b.cursor
	}
	value := next.append([]byte{formatVersion})
	value = binary.AppendUvarint(value, uint64(len(halves)+len(b.notifications)))
	for _, notifications := range [...][]points.Notification{halves, b.notifications} {
		for _, n := range notifications {
			value = appendNotification(value, n)
		}
	}
	if err := j.client.Set(ctx, acceptedKey, value); err != nil {
		return err
	}
	j.read, j.pending = next, true
	return nil
}

// settle stores the changes of the open points when the next consumer has taken
// the spans of all accepted notifications.
func (j *journal) settle(ctx context.Context, changes openChanges) error {
	free, slots := j.free, j.slots
	taken := make([]int, len(changes.opened))
	for i, p := range changes.opened {
		switch {
		case p.slot >= 0:
			taken[i] = p.slot
		case len(free) > 0:
			taken[i], free = free[len(free)-1], free[:len(free)-1]
		default:
			taken[i], slots = slots, slots+1
		}
	}
	var ops []*storage.Operation
	if slots > j.slots {
		ops = append(ops, storage.SetOperation(slotsKey, binary.AppendUvarint([]byte{formatVersion}, uint64(slots))))
	}
	for i, p := range changes.opened {
		value := binary.AppendVarint([]byte{formatVersion}, p.arrived.UnixMilli())
		ops = append(ops, storage.SetOperation(slotKey(taken[i]), appendNotification(value, p.half)))
	}
	for _, slot := range changes.closed {
		ops = append(ops, storage.DeleteOperation(slotKey(slot)))
	}
	if j.pending {
		ops = append(ops, storage.SetOperation(progressKey, j.read.append([]byte{formatVersion})), storage.DeleteOperation(acceptedKey))
	}
	if err := j.client.Batch(ctx, ops...); err != nil {
		return err
	}
	for i, p := range changes.opened {
		p.slot = taken[i]
	}
	j.slots, j.free, j.pending = slots, append(slices.Clone(free), changes.closed...), false
	return nil
}

func slotKey(slot int) string { return slotPrefix + strconv.Itoa(slot) }

func (p progress) append(b []byte) []byte {
	b = appendBytes(b, p.cursor)
	b = binary.AppendUvarint(b, uint64(len(p.recent)))
	for _, hash := range p.recent {
		b = binary.LittleEndian.AppendUint64(b, hash)
	}
	return b
}

func (d *decoder) progress() progress {
	p := progress{cursor: d.bytes()}
	count := d.uint()
	if count > uint64(len(d.rest)/8) {
		d.fail()
		return p
	}
	for hash := range slices.Chunk(d.rest[:8*count], 8) {
		p.recent = append(p.recent, binary.LittleEndian.Uint64(hash))
	}
	d.rest = d.rest[8*count:]
	return p
}

// versioned returns a decoder of the part of a value behind its version.
func versioned(value []byte) *decoder {
	d := &decoder{rest: value}
	if len(value) == 0 || value[0] != formatVersion {
		d.fail()
		return d
	}
	d.rest = value[1:]
	return d
}

// recent has the hashes of the last messages, in their order. RabbitMQ delivers
// messages again when it has not received their acknowledgement. It never has more
// of those than a consumer may prefetch.
type recent []uint64

// with returns the hashes with those of later messages behind them.
func (r recent) with(hashes []uint64) recent {
	all := slices.Concat(r, hashes)
	return all[max(0, len(all)-prefetch):]
}
