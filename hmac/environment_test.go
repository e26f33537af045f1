// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKeyFromEnv(t *testing.T) {
	for _, test := range []struct {
		key, digests string
		want         []Digest // where there are none, there is no key
		err          error
	}{
		{"", "", nil, nil},
		{"", "md5", nil, nil}, // no key uses it
		{"SECRET", "", []Digest{SHA1, SHA256}, nil},
		{"SECRET", "sha256", []Digest{SHA256}, nil},
		{"SECRET", "sha256,sha1", []Digest{SHA256, SHA1}, nil},
		{"SECRET,KEY", "", nil, ErrKey},
		{"SECRET", "md5", nil, ErrDigest},
		{"SECRET", ",", nil, ErrDigest},
	} {
		t.Setenv(EnvKey, test.key)
		t.Setenv(EnvDigests, test.digests)
		key, err := KeyFromEnv()
		checkFromEnv(t, fmt.Sprint(test), Keys{key}, test.want, err, test.err)
	}
}

func TestKeysFromEnv(t *testing.T) {
	for _, test := range []struct {
		enabled, keys, digests string
		want                   []Digest
		err                    error
	}{
		{"", "SECRET", "", nil, nil},
		{"false", "SECRET", "md5", nil, nil},
		{"0", "", "", nil, nil},
		{"No", "SECRET", "", nil, nil},
		{"true", "SECRET", "", []Digest{SHA1, SHA256}, nil},
		{"True", "OLD, SECRET", "sha256", []Digest{SHA256}, nil},
		{"1", "SECRET", "sha1", []Digest{SHA1}, nil},
		{"on", "SECRET", "sha256,sha1", []Digest{SHA256, SHA1}, nil},
		{"yes", " , ", "", nil, ErrKey},
		{"true", "SECRET", "sha3", nil, ErrDigest},
	} {
		t.Setenv(EnvEnabled, test.enabled)
		t.Setenv(EnvHMACKeys, test.keys)
		t.Setenv(EnvDigests, test.digests)
		keys, err := KeysFromEnv()
		checkFromEnv(t, fmt.Sprint(test), keys, test.want, err, test.err)
		if want := strings.Count(test.keys, ",") + 1; test.want != nil && len(keys) != want {
			t.Errorf("%v: %d keys", test, len(keys))
		}
	}
	t.Setenv(EnvEnabled, "maybe")
	if _, err := KeysFromEnv(); err == nil || !strings.Contains(err.Error(), EnvEnabled) {
		t.Errorf("got %v", err)
	}
}

// checkFromEnv compares the last of the keys with one of the secret SECRET.
func checkFromEnv(t *testing.T, name string, keys Keys, want []Digest, err, wantErr error) {
	t.Helper()
	if !errors.Is(err, wantErr) {
		t.Errorf("%s: error %v, want %v", name, err, wantErr)
	}
	if err != nil && (strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "OS")) {
		t.Errorf("%s: the error shows the key or names no variable: %v", name, err)
	}
	if want == nil {
		if slices.ContainsFunc(keys, func(k Key) bool { return !k.IsZero() }) {
			t.Errorf("%s: got a key", name)
		}
		return
	}
	key := keys[len(keys)-1]
	if !key.SameSecret(mustKey(t, "SECRET")) || key.Digest() != want[0] {
		t.Errorf("%s: got another key, signing with %s", name, key.Digest())
	}
	for _, d := range []Digest{SHA1, SHA256} {
		_, _, err := keys.SignedUnpack(mustKey(t, "SECRET", d).SignedPack(TraceInfo{BaseID: "1"}))
		if (err == nil) != slices.Contains(want, d) {
			t.Errorf("%s: %s: %v", name, d, err)
		}
	}
}
