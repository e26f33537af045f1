// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"slices"
	"sync/atomic"
)

// KeyRing holds keys that can be replaced while they are in use, so that a
// running service changes its keys without a restart: first it accepts the new
// key beside the old, then the clients change over, then it drops the old. The
// zero KeyRing is empty. It is safe for concurrent use.
type KeyRing struct {
	keys atomic.Pointer[Keys]
}

// NewKeyRing returns a ring of the keys.
func NewKeyRing(keys ...Key) *KeyRing {
	ring := new(KeyRing)
	ring.Set(keys...)
	return ring
}

// Set replaces the keys. It leaves out zero Keys. Requests that have begun keep
// the keys that they began with.
func (r *KeyRing) Set(keys ...Key) {
	replaced := slices.DeleteFunc(slices.Clone(Keys(keys)), Key.IsZero)
	r.keys.Store(&replaced)
}

// Keys returns the keys that the ring has at the moment. The caller must not
// change them. A nil ring has no keys.
func (r *KeyRing) Keys() Keys {
	if r == nil {
		return nil
	}
	if keys := r.keys.Load(); keys != nil {
		return *keys
	}
	return nil
}
