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
	var text [Len]byte
	at := 0
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		text[at], text[at+1] = digits[c>>4], digits[c&0xf]
		at += 2
	}
	return append(b, text[:]...)
}
