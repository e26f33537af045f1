// SPDX-License-Identifier: Apache-2.0

// Package requestid makes and recognizes the request ids of OpenStack's services,
// which are req- and a UUID (oslo.context, generate_request_id).
package requestid

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"

	"github.com/ostrace/ostrace/internal/uuid"
)

const prefix = "req-"

// New returns a random request id. Request ids are not secret, so the random
// numbers need not be cryptographic.
func New() string {
	var random [16]byte
	binary.NativeEndian.PutUint64(random[:8], rand.Uint64()) //nolint:gosec // see above
	binary.NativeEndian.PutUint64(random[8:], rand.Uint64()) //nolint:gosec // see above
	return Of(uuid.NewV4(random))
}

// Of returns the request id that has the given UUID.
func Of(id uuid.UUID) string {
	return string(id.Append(append(make([]byte, 0, len(prefix)+uuid.Len), prefix...)))
}

// IsGlobal reports whether OpenStack's services accept text as a global request
// id (oslo.middleware, request_id): it matches
// ^req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$.
func IsGlobal(text string) bool {
	id, ok := strings.CutPrefix(text, prefix)
	if !ok || len(id) != uuid.Len {
		return false
	}
	for i, c := range []byte(id) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}
