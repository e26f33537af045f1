// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseDigests(t *testing.T) {
	for list, want := range map[string][]Digest{
		"sha1": {SHA1}, "sha256": {SHA256}, "sha256,sha1": {SHA256, SHA1}, "sha1 ,\tsha256": {SHA1, SHA256}, "sha1,sha1": {SHA1, SHA1},
	} {
		got, err := ParseDigests(list)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v; want %v", list, got, err, want)
		}
	}
	for _, list := range []string{"", " ", ",", "sha1,", "SHA1", "sha-256", "sha512", "sha256 sha1", "md5,sha256"} {
		if got, err := ParseDigests(list); !errors.Is(err, ErrDigest) || got != nil || !strings.Contains(err.Error(), "sha1 or sha256") {
			t.Errorf("%q: got %v, %v", list, got, err)
		}
	}
	for d, want := range map[Digest]string{SHA1: "sha1", SHA256: "sha256", 2: "Digest(2)", 255: "Digest(255)"} {
		if got := d.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestDigestOf(t *testing.T) {
	for length := range 200 {
		text := " \xa0" + strings.Repeat("0", length) + "\t"
		got, ok := DigestOf(text)
		if want := length == 40 || length == 64; ok != want || ok && (got == SHA256) != (length == 64) {
			t.Errorf("%d digits: got %s, %v", length, got, ok)
		}
	}
}

// The signature is that of crypto/hmac, for secrets shorter and longer than a
// block of the hash.
func TestSignedAsByCryptoHMAC(t *testing.T) {
	for _, length := range []int{1, 13, 14, 20, 32, 63, 64, 65, 200} {
		secret := strings.Repeat("s", length)
		for d, algorithm := range algorithms {
			key := mustKey(t, secret, Digest(d))
			info, mac := key.SignedPack(TraceInfo{BaseID: "1"})
			h := hmac.New(algorithm.new, []byte(secret))
			h.Write([]byte(info))
			if want := hex.EncodeToString(h.Sum(nil)); mac != want || len(mac) != 2*algorithm.size {
				t.Errorf("%s, a secret of %d bytes: got %s, want %s", Digest(d), length, mac, want)
			}
		}
	}
}

// Either digest: a key verifies the digests that it is told to, and the key
// that verified a request signs with that request's digest.
func TestDigestsOfAKey(t *testing.T) {
	for name, test := range map[string]struct {
		digests  []Digest
		signs    Digest
		verifies []Digest
	}{
		"none":          {nil, SHA1, []Digest{SHA1, SHA256}},
		"SHA-1":         {[]Digest{SHA1}, SHA1, []Digest{SHA1}},
		"SHA-256":       {[]Digest{SHA256}, SHA256, []Digest{SHA256}},
		"SHA-256 first": {[]Digest{SHA256, SHA1}, SHA256, []Digest{SHA1, SHA256}},
		"SHA-1 first":   {[]Digest{SHA1, SHA256}, SHA1, []Digest{SHA1, SHA256}},
		"one twice":     {[]Digest{SHA256, SHA256}, SHA256, []Digest{SHA256}},
	} {
		key := mustKey(t, "k", test.digests...)
		again, err := mustKey(t, "k", SHA1).WithDigests(test.digests...)
		if err != nil || key.Digest() != test.signs || again.Digest() != test.signs {
			t.Errorf("%s: signs with %s, %s, %v", name, key.Digest(), again.Digest(), err)
		}
		for _, d := range []Digest{SHA1, SHA256} {
			info, mac := mustKey(t, "k", d).SignedPack(TraceInfo{BaseID: "1"})
			for _, keys := range []Keys{{key}, {again}, {mustKey(t, "other"), key}} {
				trace, by, err := keys.SignedUnpack(info, mac)
				switch {
				case !slices.Contains(test.verifies, d):
					if !errors.Is(err, ErrSignature) || !by.IsZero() {
						t.Errorf("%s: %s is verified: %v", name, d, err)
					}
				case err != nil || trace.BaseID != "1" || !by.SameSecret(key) || by.Digest() != d:
					t.Errorf("%s, %s: got %v, %v, digest %s", name, d, trace, err, by.Digest())
				}
			}
		}
	}
}

// Of several keys for one secret the first that verifies the digest decides.
func TestKeysOfDifferentDigests(t *testing.T) {
	keys := Keys{mustKey(t, "k", SHA1), mustKey(t, "k", SHA256)}
	for i, key := range keys {
		info, mac := key.SignedPack(TraceInfo{BaseID: "1"})
		if _, by, err := keys.SignedUnpack(info, mac); err != nil || by != keys[i] {
			t.Errorf("%s: %v", key.Digest(), err)
		}
	}
}

func TestUnknownDigest(t *testing.T) {
	for _, digests := range [][]Digest{{2}, {SHA1, 255}} {
		if key, err := NewKey("k", digests...); !errors.Is(err, ErrDigest) || !key.IsZero() {
			t.Errorf("%v: got %v, %v", digests, key, err)
		}
		if key, err := mustKey(t, "k").WithDigests(digests...); !errors.Is(err, ErrDigest) || !key.IsZero() {
			t.Errorf("%v: got %v, %v", digests, key, err)
		}
		if keys, err := ParseKeys("k", digests...); !errors.Is(err, ErrDigest) || keys != nil {
			t.Errorf("%v: got %v, %v", digests, keys, err)
		}
	}
	if key, err := (Key{}).WithDigests(SHA256); err != nil || !key.IsZero() {
		t.Errorf("the zero Key became %v, %v", key, err)
	}
}

func TestSameSecret(t *testing.T) {
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		other Key
		want  bool
	}{
		"itself":         {key, true},
		"another digest": {mustKey(t, "k", SHA256), true},
		"another key":    {mustKey(t, "k2"), false},
		"the zero Key":   {Key{}, false},
		// HMAC pads a key with zeros (RFC 2104), so to services it is the same.
		"one more zero": {mustKey(t, "k\x00"), true},
	} {
		if got := key.SameSecret(test.other); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
		if got := test.other.SameSecret(key); got != test.want {
			t.Errorf("%s, the other way round: got %v", name, got)
		}
	}
	if (Key{}).SameSecret(Key{}) {
		t.Error("no key has a secret")
	}
}

// OSProfiler compares texts, so that a signature with one letter in upper case is
// a wrong one.
func TestUpperCaseIsRefused(t *testing.T) {
	tried := map[rune]bool{}
	for _, d := range []Digest{SHA1, SHA256} {
		key := mustKey(t, "k", d)
		for _, base := range []string{"1", "2", "3"} {
			info, mac := key.SignedPack(TraceInfo{BaseID: base})
			for i, digit := range mac {
				upper := mac[:i] + strings.ToUpper(string(digit)) + mac[i+1:]
				if upper == mac {
					continue
				}
				tried[digit] = true
				if _, _, err := (Keys{key}).SignedUnpack(info, upper); !errors.Is(err, ErrSignature) {
					t.Errorf("%s instead of %s: %v", upper, mac, err)
				}
			}
		}
	}
	if len(tried) != len("abcdef") {
		t.Errorf("these letters were tried: %v", tried)
	}
}

// Signatures that OSProfiler's compare_digest refuses are refused, although
// only the digest that belongs to the length is computed.
func TestNearSignatures(t *testing.T) {
	for _, d := range []Digest{SHA1, SHA256} {
		key := mustKey(t, "k", SHA1, SHA256)
		signer := mustKey(t, "k", d)
		info, mac := signer.SignedPack(TraceInfo{BaseID: "1"})
		other := mustKey(t, "k", 1-d)
		_, otherMAC := other.SignedPack(TraceInfo{BaseID: "1"})
		for name, near := range map[string]string{
			"upper case":       strings.ToUpper(mac),
			"one digit less":   mac[1:],
			"one digit more":   mac + "0",
			"both":             mac + otherMAC,
			"cut to the other": (otherMAC + strings.Repeat("0", 64))[:len(mac)],
			"not hex":          "g" + mac[1:],
			"not ASCII":        "\xe9" + mac[1:],
		} {
			if _, _, err := (Keys{key}).SignedUnpack(info, near); !errors.Is(err, ErrSignature) {
				t.Errorf("%s, %s: %v", d, name, err)
			}
		}
	}
}
