// SPDX-License-Identifier: Apache-2.0

// Package uuid makes, writes and reads UUIDs as OSProfiler and Python do.
package uuid

// UUID is a UUID of any version and variant.
type UUID [16]byte

// Len is the length of a UUID that is written with hyphens.
const Len = 36

// NewV4 returns the UUID of version 4 (RFC 9562, section 5.4) that has the given
// random bytes where the version and the variant leave room for them.
func NewV4(random [16]byte) UUID {
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return random
}

// Join returns the UUID of two halves of 8 bytes each.
func Join(high, low []byte) (id UUID) {
	copy(id[:8], high)
	copy(id[8:], low)
	return id
}

// String returns the UUID in lower case, with hyphens.
func (id UUID) String() string { return string(id.Append(make([]byte, 0, Len))) }

// Append appends the text of [UUID.String] to b.
func (id UUID) Append(b []byte) []byte {
	const digits = "0123456789abcdef"
	text := [Len]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	for i, at := range digitsAt {
		text[at], text[at+1] = digits[id[i]>>4], digits[id[i]&0xf]
	}
	return append(b, text[:]...)
}

// digitsAt says where in its text the two digits of each byte stand.
var digitsAt = [len(UUID{})]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}
