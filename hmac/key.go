// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"crypto/fips140"
	"crypto/subtle"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// ErrKey is wrapped by every error of [NewKey] and [ParseKeys] that is about a
// secret: either no OSProfiler service could ever match the secret, or Go may
// not use it.
var ErrKey = errors.New("unusable OSProfiler HMAC key")

// Key signs and verifies with one secret, one of a cloud's hmac_keys. The zero
// Key is not a key: it signs nothing and verifies nothing.
//
// A Key does not show its secret, neither through fmt with any verb nor through
// encoding/json, log/slog or a debugger's view of its fields, because it keeps
// only states of hashes and not the secret itself. A Key is safe for concurrent
// use.
//
// Two Keys are equal by == where one is a copy of the other, with the same
// digests. [Key.SameSecret] compares the secrets alone.
type Key struct {
	states   *states
	signs    Digest
	verifies digestSet
}

// states are everything that a Key keeps of its secret.
type states struct {
	digests [len(algorithms)]prepared
	short   bool // for FIPS 140
}

// prepared is the state of one digest after it has read the secret.
type prepared struct {
	inner, outer []byte    // the states, never changed; nil where they were not made
	macs         sync.Pool // of *mac
}

// mac is the state of one computation, reused from request to request.
type mac struct {
	hash         hash.Hash
	inner, outer []byte
	text         []byte
	sum          []byte
}

// shortSecret is the number of bytes below which crypto/hmac refuses a key in
// FIPS 140-only mode: 112 bits.
const shortSecret = 112 / 8

// NewKey returns the key for a secret, as it stands in hmac_keys or after
// openstack --os-profile. The key verifies the given digests, and signs with
// the first of them. Where no digest is given, it verifies both, and signs with
// SHA1, which every released OSProfiler accepts.
//
// It returns an error that wraps [ErrKey] and does not show the secret where no
// service could match it: OSProfiler splits hmac_keys at commas, trims white
// space from each part and drops empty parts (osprofiler/_utils.py, split), so
// a secret that is empty, that holds a comma, or that begins or ends with white
// space never matches, and neither does one that is not valid UTF-8. It returns
// an error that wraps [ErrDigest] for a value that is not a Digest.
//
// Go's FIPS 140-only mode (GODEBUG=fips140=only) allows only SHA256, which
// therefore has to be given, and only secrets of at least 14 bytes. For
// anything else NewKey returns one of the same two errors.
func NewKey(secret string, digests ...Digest) (Key, error) {
	switch {
	case secret == "":
		return Key{}, fmt.Errorf("%w: it is empty; give one of the cloud's [profiler] hmac_keys", ErrKey)
	case strings.Contains(secret, ","):
		return Key{}, fmt.Errorf("%w: it holds a comma, at which services split their hmac_keys; give one key of that list", ErrKey)
	case strings.TrimFunc(secret, isSpace) != secret:
		return Key{}, fmt.Errorf("%w: it begins or ends with white space, which services trim from their hmac_keys; give it without", ErrKey)
	case !utf8.ValidString(secret):
		return Key{}, fmt.Errorf("%w: it is not valid UTF-8", ErrKey)
	case len(secret) < shortSecret && fips140.Enforced():
		return Key{}, fmt.Errorf("%w: it has fewer than the %d bytes that Go's FIPS 140-only mode asks for; give the cloud's services a longer one", ErrKey, shortSecret)
	}
	key := Key{states: &states{short: len(secret) < shortSecret}}
	for d := range algorithms {
		if d != int(SHA1) || !fips140.Enforced() {
			key.states.digests[d].prepare(Digest(d), []byte(secret))
		}
	}
	return key.WithDigests(digests...)
}

// WithDigests returns a key with the same secret that verifies the given
// digests, and signs with the first of them. Where no digest is given, it
// verifies both, and signs with SHA1. The errors are those of [NewKey] that are
// about digests. For the zero Key it returns the zero Key.
func (k Key) WithDigests(digests ...Digest) (Key, error) {
	if len(digests) == 0 {
		digests = []Digest{SHA1, SHA256}
	}
	set, err := setOf(digests)
	if err != nil || k.IsZero() {
		return Key{}, err
	}
	k.signs, k.verifies = digests[0], set
	return k, nil
}

// prepare makes the states that a digest has after it has read the secret. HMAC
// needs nothing else of the secret (RFC 2104, section 4). crypto/hmac keeps
// such states too, but in some of Go's FIPS builds it keeps the secret beside
// them.
func (p *prepared) prepare(d Digest, secret []byte) {
	algorithm := algorithms[d]
	h := algorithm.new()
	padded := make([]byte, h.BlockSize())
	if len(secret) <= len(padded) {
		copy(padded, secret)
	} else {
		h.Write(secret)
		copy(padded, h.Sum(nil))
	}
	p.inner, p.outer = stateAfter(h, padded, 0x36), stateAfter(h, padded, 0x5c)
	clear(padded)
	p.macs.New = func() any {
		return &mac{hash: algorithm.new(), inner: p.inner, outer: p.outer, sum: make([]byte, algorithm.size)}
	}
}

// stateAfter returns the state of a hash after a padded key.
func stateAfter(h hash.Hash, padded []byte, pad byte) []byte {
	xored := make([]byte, len(padded))
	for i := range padded {
		xored[i] = padded[i] ^ pad
	}
	h.Reset()
	h.Write(xored)
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("ostrace/hmac: Go's hashes can't save their state, as they document: " + err.Error())
	}
	return state
}

// mac returns the state of a computation with the digest, which the caller puts
// back. It returns nil where the key does not have the digest, and in FIPS
// 140-only mode where crypto/hmac would refuse it.
func (k Key) mac(d Digest) *mac {
	p := &k.states.digests[d]
	if p.inner == nil || fips140.Enforced() && (d == SHA1 || k.states.short) {
		return nil
	}
	return p.macs.Get().(*mac)
}

func (k Key) putBack(d Digest, m *mac) { k.states.digests[d].macs.Put(m) }

// IsZero reports whether k is the zero Key.
func (k Key) IsZero() bool { return k.states == nil }

// Digest returns the digest that the key signs with.
func (k Key) Digest() Digest { return k.signs }

// SameSecret reports whether two keys have the same secret, whatever their
// digests are. It reports false where one of them is the zero Key. The time
// that it takes does not depend on the secrets.
func (k Key) SameSecret(other Key) bool {
	if k.IsZero() || other.IsZero() {
		return false
	}
	return subtle.ConstantTimeCompare(k.states.digests[SHA256].inner, other.states.digests[SHA256].inner) == 1
}

// String returns a fixed text that says only whether there is a key.
func (k Key) String() string {
	if k.IsZero() {
		return "hmac.Key(none)"
	}
	return "hmac.Key(hidden)"
}

// Format writes [Key.String], whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns [Key.String], for encoding/json and log/slog.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Keys are the keys that a service accepts, in the order in which it tries
// them. The service signs with the first one where it knows no better one.
type Keys []Key

// ParseKeys returns the keys of a comma-separated list, which OSProfiler's
// option hmac_keys has too: it trims white space from each part, and drops
// empty parts. The digests are those of [NewKey]. The error wraps [ErrKey]
// where no key is left, and is that of NewKey where NewKey refuses one. It
// never shows a key.
func ParseKeys(list string, digests ...Digest) (Keys, error) {
	var keys Keys
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimFunc(part, isSpace)
		if part == "" {
			continue
		}
		key, err := NewKey(part, digests...)
		if err != nil {
			return nil, fmt.Errorf("key %d of the list: %w", len(keys)+1, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: the list holds none; give the cloud's [profiler] hmac_keys", ErrKey)
	}
	return keys, nil
}

// isSpace reports whether Python's str.strip removes r.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
