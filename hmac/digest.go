// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"crypto/fips140"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// ErrDigest is wrapped by every error that is about a [Digest]: either there is
// no such digest, or the program may not use it.
var ErrDigest = errors.New("unusable OSProfiler HMAC digest")

// Digest is the hash function of an HMAC. The length of X-Trace-HMAC tells
// which of the two digests it has.
type Digest uint8

const (
	// SHA1 is the digest of every OSProfiler up to 4.4, which is the newest
	// release. It has 40 hex digits.
	SHA1 Digest = iota
	// SHA256 is the digest to which OSProfiler's development branch changes
	// (its release note is upgrade-hmac-sha1-to-sha256). It has 64 hex digits.
	// Services with a released OSProfiler refuse it as a wrong signature.
	SHA256
)

var algorithms = [...]struct {
	name string
	size int // bytes
	new  func() hash.Hash
}{
	SHA1:   {"sha1", sha1.Size, sha1.New},
	SHA256: {"sha256", sha256.Size, sha256.New},
}

// String returns the digest's name, which [ParseDigest] reads: "sha1" or
// "sha256".
func (d Digest) String() string {
	if int(d) >= len(algorithms) {
		return fmt.Sprintf("Digest(%d)", uint8(d))
	}
	return algorithms[d].name
}

// ParseDigest returns the digest of a name, "sha1" or "sha256". For any other
// text it returns an error that wraps [ErrDigest].
func ParseDigest(name string) (Digest, error) {
	for d, algorithm := range algorithms {
		if name == algorithm.name {
			return Digest(d), nil
		}
	}
	return 0, fmt.Errorf("%w: %.20q is not one; it is sha1 or sha256", ErrDigest, name)
}

// ParseDigests returns the digests of a comma-separated list such as
// "sha256,sha1", for [NewKey]. White space around a name is trimmed. For an
// empty list, or a name that [ParseDigest] refuses, it returns an error that
// wraps [ErrDigest].
func ParseDigests(list string) ([]Digest, error) {
	var digests []Digest
	for name := range strings.SplitSeq(list, ",") {
		d, err := ParseDigest(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	return digests, nil
}

// DigestOf returns the digest of a value of X-Trace-HMAC. It depends on the
// value's length without the white space around it. DigestOf reports false
// where no digest has that length: the value is not a signature then.
func DigestOf(hmac string) (Digest, bool) {
	length := len(trimLatin1(hmac))
	for d, algorithm := range algorithms {
		if length == 2*algorithm.size {
			return Digest(d), true
		}
	}
	return 0, false
}

// digestSet is a set of digests. It has the bit 1<<d for each digest d.
type digestSet uint8

func (s digestSet) has(d Digest) bool { return s&(1<<d) != 0 }

// setOf returns the set of the digests. It returns an error where one of them
// may not be used.
func setOf(digests []Digest) (set digestSet, err error) {
	for _, d := range digests {
		if int(d) >= len(algorithms) {
			return 0, fmt.Errorf("%w: %s is not one; it is hmac.SHA1 or hmac.SHA256", ErrDigest, d)
		}
		if d == SHA1 && fips140.Enforced() {
			return 0, fmt.Errorf("%w: Go's FIPS 140-only mode forbids SHA-1; give sha256 alone, as hmac.SHA256 or with %s=sha256, if the cloud's services accept it",
				ErrDigest, EnvDigests)
		}
		set |= 1 << d
	}
	return set, nil
}
