package hmac

import (
	"crypto/fips140"
	"crypto/sha1"
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

// ErrKey is wrapped by every error of [NewKey] and [ParseKeys]: the key is one
// that no OSProfiler service could ever match.
var ErrKey = errors.New("unusable OSProfiler HMAC key")

// Key signs and verifies with one secret, one of a cloud's hmac_keys. The zero
// Key is no key: it signs nothing and matches nothing.
//
// A Key shows nothing of the secret: not through fmt with any verb, not through
// encoding/json, log/slog or a debugger's view of its fields, because it keeps
// only the state of the hash that the secret led to. Keys are compared with ==;
// two Keys made from the same secret are different. A Key is safe for
// concurrent use.
type Key struct {
	macs *sync.Pool // of *mac
}

// mac is the state of one computation, reused from request to request.
type mac struct {
	hash         hash.Hash
	inner, outer []byte // its states after the key, shared and never changed
	text         []byte
	sum          [sha1.Size]byte
}

// NewKey returns the key for a secret, as it stands in hmac_keys or after
// openstack --os-profile.
//
// It returns an error that wraps [ErrKey] and does not show the secret where no
// service could match it: OSProfiler splits hmac_keys at commas, trims white
// space from each part and drops empty parts (osprofiler/_utils.py, split), so
// a secret that is empty, that holds a comma, or that begins or ends with white
// space never matches, and neither does one that is not valid UTF-8. The same
// error is returned where Go runs in FIPS 140-only mode, which forbids SHA-1.
func NewKey(secret string) (Key, error) {
	switch {
	case secret == "":
		return Key{}, fmt.Errorf("%w: it is empty; give one of the cloud's [profiler] hmac_keys", ErrKey)
	case strings.Contains(secret, ","):
		return Key{}, fmt.Errorf("%w: it holds a comma, at which services split their hmac_keys; give one key of that list", ErrKey)
	case strings.TrimFunc(secret, isSpace) != secret:
		return Key{}, fmt.Errorf("%w: it begins or ends with white space, which services trim from their hmac_keys; give it without", ErrKey)
	case !utf8.ValidString(secret):
		return Key{}, fmt.Errorf("%w: it is not valid UTF-8", ErrKey)
	case fips140.Enforced():
		return Key{}, fmt.Errorf("%w: OSProfiler signs with HMAC-SHA1, which Go's FIPS 140-only mode forbids", ErrKey)
	}
	var padded [sha1.BlockSize]byte
	if len(secret) <= len(padded) {
		copy(padded[:], secret)
	} else {
		sum := sha1.Sum([]byte(secret))
		copy(padded[:], sum[:])
	}
	inner, outer := stateAfter(padded, 0x36), stateAfter(padded, 0x5c)
	return Key{macs: &sync.Pool{New: func() any { return &mac{hash: sha1.New(), inner: inner, outer: outer} }}}, nil
}

// stateAfter returns the state of SHA-1 after a padded key, which is all that
// HMAC needs of the key (RFC 2104, section 4). crypto/hmac keeps such states
// too, but the key beside them in some of Go's FIPS builds.
func stateAfter(padded [sha1.BlockSize]byte, pad byte) []byte {
	for i := range padded {
		padded[i] ^= pad
	}
	h := sha1.New()
	h.Write(padded[:])
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("ostrace/hmac: crypto/sha1 can't save its state, as it documents: " + err.Error())
	}
	return state
}

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.macs == nil }

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

// Keys are the keys that a service accepts, in the order in which they are
// tried. The first is the one to sign with where no other is known.
type Keys []Key

// ParseKeys returns the keys of a comma-separated list as OSProfiler's option
// hmac_keys has it: each part is trimmed of white space, empty parts are
// dropped. It returns an error that wraps [ErrKey] where no key is left or one
// is unusable; the error does not show any key.
func ParseKeys(list string) (Keys, error) {
	var keys Keys
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimFunc(part, isSpace)
		if part == "" {
			continue
		}
		key, err := NewKey(part)
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

// isSpace reports what Python's str.strip removes.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
