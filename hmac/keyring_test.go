// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"errors"
	"sync"
	"testing"
)

func TestKeyRing(t *testing.T) {
	var none *KeyRing
	if len(none.Keys()) != 0 || len(new(KeyRing).Keys()) != 0 {
		t.Error("an empty ring has keys")
	}
	a, b := mustKey(t, "a"), mustKey(t, "b")
	given := []Key{a}
	ring := NewKeyRing(given...)
	given[0] = b
	if keys := ring.Keys(); len(keys) != 1 || keys[0] != a {
		t.Error("the ring changed with the caller's slice")
	}
	ring.Set(Key{}, a, Key{})
	if keys := ring.Keys(); len(keys) != 1 || keys[0] != a {
		t.Error("the zero Key is in the ring")
	}
	before := ring.Keys()
	ring.Set(b)
	if before[0] != a || ring.Keys()[0] != b {
		t.Error("Set changed the keys that were in use")
	}
}

// While the ring changes, no request is refused that is signed with one of its
// keys.
func TestKeyRingChangesUnderLoad(t *testing.T) {
	old, current := mustKey(t, "old"), mustKey(t, "current")
	ring := NewKeyRing(old)
	var group sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				keys := ring.Keys()
				info, mac := keys[0].SignedPack(TraceInfo{BaseID: "1"})
				if _, _, err := keys.SignedUnpack(info, mac); err != nil {
					t.Error(err)
				}
				if _, _, err := ring.Keys().SignedUnpack(info, mac); err != nil && !errors.Is(err, ErrSignature) {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		ring.Set(current, old)
		ring.Set(current)
		ring.Set(old, current)
		ring.Set(old)
	}
	close(done)
	group.Wait()
}
