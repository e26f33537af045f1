// SPDX-License-Identifier: Apache-2.0

//go:build unix

package hmac

import "testing"

// On Windows every variable is text.
func TestKeysFromEnvThatAreNotUTF8(t *testing.T) {
	t.Setenv(EnvEnabled, "true")
	t.Setenv(EnvHMACKeys, "SECRET\xff")
	t.Setenv(EnvDigests, "")
	keys, err := KeysFromEnv()
	checkFromEnv(t, "a key that is not UTF-8", keys, nil, err, ErrKey)
}
