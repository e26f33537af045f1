// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/ostrace/ostrace/points"
)

// errStored is the error for a value of the storage extension that this version
// of the receiver did not write.
var errStored = errors.New("the storage extension has a value that this receiver can't read; it was written by another version, or is damaged")

// appendNotification appends a notification in the form in which it is stored:
// its texts, each behind its length, and its time in nanoseconds.
func appendNotification(b []byte, n points.Notification) []byte {
	for _, text := range [...]string{n.Name, n.BaseID, n.TraceID, n.ParentID, n.Project, n.Service, n.Host} {
		b = appendBytes(b, text)
	}
	b = binary.AppendVarint(b, n.Timestamp.UnixNano())
	return appendBytes(b, n.Payload)
}

func appendBytes[T ~string | ~[]byte](b []byte, text T) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

// decoder reads stored values. After the first error it returns zero values.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) notification() (n points.Notification) {
	for _, text := range [...]*string{&n.Name, &n.BaseID, &n.TraceID, &n.ParentID, &n.Project, &n.Service, &n.Host} {
		*text = string(d.bytes())
	}
	n.Timestamp = time.Unix(0, d.int()).UTC()
	n.Payload = d.bytes()
	return n
}

func (d *decoder) int() int64 {
	value, n := binary.Varint(d.rest)
	return take(d, value, n)
}

func (d *decoder) uint() uint64 {
	value, n := binary.Uvarint(d.rest)
	return take(d, value, n)
}

func take[T int64 | uint64](d *decoder, value T, n int) T {
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return value
}

func (d *decoder) bytes() []byte {
	length := d.uint()
	if length > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	text := d.rest[:length:length]
	d.rest = d.rest[length:]
	return text
}

func (d *decoder) fail() { d.rest, d.err = nil, errStored }
