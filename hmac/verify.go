// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// MaxHeaderBytes is the length over which a header is refused unread. Those
// that OSProfiler sends have 136 and, by the digest, 40 or 64 bytes.
const MaxHeaderBytes = 4096

// The reasons for which [Keys.SignedUnpack] refuses a pair of headers. To the
// sender all of them look alike: its request is served, untraced.
var (
	// ErrNoKeys: there is no key to verify with.
	ErrNoKeys = errors.New("no OSProfiler HMAC key to verify with")
	// ErrMissing: one of the headers is absent or blank.
	ErrMissing = errors.New("X-Trace-Info or X-Trace-HMAC is missing")
	// ErrTooLong: a header is over MaxHeaderBytes.
	ErrTooLong = errors.New("X-Trace-Info or X-Trace-HMAC is too long")
	// ErrSignature: X-Trace-HMAC is not the signature of X-Trace-Info with any
	// of the keys, in one of the digests that the key verifies.
	ErrSignature = errors.New("X-Trace-HMAC matches no key")
	// ErrMalformed: the signature is right, but what it signs is not base64 of
	// a JSON object with base_id, perhaps parent_id, and nothing else.
	ErrMalformed = errors.New("X-Trace-Info is signed but malformed")
)

// SignedUnpack returns the content of a pair of headers and the key, the first
// in keys, that verified it. The key returned signs with the digest that was
// verified, so that other services are sent what this one was; [Key.SameSecret]
// says which of keys it is. Signatures are compared in constant time, and
// nothing is decoded before the signature is known to be right. Of the two
// digests only the one that [DigestOf] tells is computed, and only with keys
// that verify it.
//
// The rules are those of osprofiler._utils.signed_unpack,
// osprofiler.web.WsgiMiddleware and osprofiler.profiler.init. White space
// around X-Trace-HMAC is ignored; upper-case hex is not accepted. Base64 is
// read as Python's urlsafe_b64decode reads it, which passes over foreign
// characters. A missing parent_id, or one that is false in Python (null, an
// empty string, 0), is base_id; a base_id that is false in Python is returned as
// the empty string, and the receiver makes an id of its own. An id that is not
// a JSON string is returned as its JSON text.
//
// The error is [ErrNoKeys], [ErrMissing], [ErrTooLong], [ErrSignature] or
// [ErrMalformed] itself. None of them costs an allocation but the last.
func (keys Keys) SignedUnpack(info, hmac string) (TraceInfo, Key, error) {
	if len(keys) == 0 {
		return TraceInfo{}, Key{}, ErrNoKeys
	}
	if len(info) > MaxHeaderBytes || len(hmac) > MaxHeaderBytes {
		return TraceInfo{}, Key{}, ErrTooLong
	}
	hmac = trimLatin1(hmac)
	if info == "" || hmac == "" {
		return TraceInfo{}, Key{}, ErrMissing
	}
	digest, ok := DigestOf(hmac)
	if !ok {
		return TraceInfo{}, Key{}, ErrSignature
	}
	var sum [sha256.Size]byte // the longest
	given := sum[:algorithms[digest].size]
	if !decodeHMAC(given, hmac) {
		return TraceInfo{}, Key{}, ErrSignature
	}
	for _, key := range keys {
		if !key.verifies.has(digest) {
			continue
		}
		m := key.mac(digest)
		if m == nil {
			continue
		}
		m.text = append(m.text[:0], info...)
		m.compute(m.text)
		if subtle.ConstantTimeCompare(m.sum, given) == 0 {
			key.putBack(digest, m)
			continue
		}
		trace, ok := m.unpack()
		key.putBack(digest, m)
		if !ok {
			return TraceInfo{}, Key{}, ErrMalformed
		}
		key.signs = digest
		return trace, key, nil
	}
	return TraceInfo{}, Key{}, ErrSignature
}

// trimLatin1 removes what Python's str.strip removes from a header value, which
// WSGI hands over decoded as Latin-1: each byte is a character.
func trimLatin1(s string) string {
	for s != "" && isSpace(rune(s[0])) {
		s = s[1:]
	}
	for s != "" && isSpace(rune(s[len(s)-1])) {
		s = s[:len(s)-1]
	}
	return s
}

// decodeHMAC reads the lower-case hex of a signature, which is twice as long as
// sum.
func decodeHMAC(sum []byte, text string) bool {
	var lower [2 * sha256.Size]byte
	for i := range len(text) {
		if c := text[i]; c >= 'A' && c <= 'F' {
			return false
		}
		lower[i] = text[i]
	}
	_, err := hex.Decode(sum, lower[:len(text)])
	return err == nil
}

// unpack reads the base64 in m.text, using what is behind it as space.
func (m *mac) unpack() (TraceInfo, bool) {
	packed := len(m.text)
	m.text = append(m.text, m.text...) // decoded text is never longer
	n, err := base64.URLEncoding.Decode(m.text[packed:], m.text[:packed])
	if err != nil {
		if n, err = decodeLenient(m.text[packed:], m.text[:packed]); err != nil {
			return TraceInfo{}, false
		}
	}
	decoded := m.text[packed : packed+n]
	if trace, ok := unpackCanonical(decoded); ok {
		return trace, true
	}
	return unpackJSON(decoded)
}

const (
	canonicalBase   = `{"base_id": "`
	canonicalParent = `", "parent_id": "`
	canonicalEnd    = `"}`
)

// unpackCanonical reads the one form that OSProfiler writes, where the ids need
// no unescaping, without a JSON decoder.
func unpackCanonical(decoded []byte) (TraceInfo, bool) {
	ids, ok := bytes.CutPrefix(decoded, []byte(canonicalBase))
	if !ok {
		return TraceInfo{}, false
	}
	if ids, ok = bytes.CutSuffix(ids, []byte(canonicalEnd)); !ok {
		return TraceInfo{}, false
	}
	i := bytes.IndexByte(ids, '"')
	if i < 1 || !bytes.HasPrefix(ids[i:], []byte(canonicalParent)) || i+len(canonicalParent) == len(ids) {
		return TraceInfo{}, false
	}
	for j, c := range ids {
		if c < ' ' || c > '~' || c == '\\' || c == '"' && (j < i || j >= i+len(canonicalParent)) {
			return TraceInfo{}, false
		}
	}
	both := string(ids)
	return TraceInfo{BaseID: both[:i], ParentID: both[i+len(canonicalParent):]}, true
}

// unpackJSON reads any JSON object that WsgiMiddleware accepts.
func unpackJSON(decoded []byte) (TraceInfo, bool) {
	var members map[string]json.RawMessage
	if !utf8.Valid(decoded) || json.Unmarshal(decoded, &members) != nil {
		return TraceInfo{}, false
	}
	base, ok := members["base_id"]
	if !ok {
		return TraceInfo{}, false
	}
	for name := range members {
		if name != "base_id" && name != "parent_id" && name != "hmac_key" {
			return TraceInfo{}, false
		}
	}
	trace := TraceInfo{BaseID: id(base), ParentID: id(members["parent_id"])}
	if trace.ParentID == "" {
		trace.ParentID = trace.BaseID
	}
	return trace, true
}

// id returns a JSON value as an id: a string's content, another value's text,
// and nothing for what is false in Python.
func id(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil { // null too leaves s empty
		return s
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil { // there was none
		return ""
	}
	text := compact.String()
	switch text {
	case "false", "[]", "{}":
		return ""
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == 0 {
		return ""
	}
	return text
}
