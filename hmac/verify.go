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

// MaxHeaderBytes is the length of the longest header that is read. OSProfiler
// sends an X-Trace-Info of 136 bytes and, depending on the digest, an
// X-Trace-HMAC of 40 or 64 bytes.
const MaxHeaderBytes = 4096

// The reasons for which [Keys.SignedUnpack] refuses a pair of headers. The
// sender can't tell them apart: in each case its request is served without
// being traced.
var (
	// ErrNoKeys says that there is no key to verify with.
	ErrNoKeys = errors.New("no OSProfiler HMAC key to verify with")
	// ErrMissing says that one of the headers is absent or blank.
	ErrMissing = errors.New("X-Trace-Info or X-Trace-HMAC is missing")
	// ErrTooLong says that a header is longer than MaxHeaderBytes.
	ErrTooLong = errors.New("X-Trace-Info or X-Trace-HMAC is too long")
	// ErrSignature says that X-Trace-HMAC is not the signature of X-Trace-Info
	// with any of the keys and any of the digests that the key verifies.
	ErrSignature = errors.New("X-Trace-HMAC matches no key")
	// ErrMalformed says that the signature is right, but X-Trace-Info is not
	// the base64 of a JSON object that has base_id, may have parent_id, and has
	// nothing else.
	ErrMalformed = errors.New("X-Trace-Info is signed but malformed")
)

// SignedUnpack returns the content of a pair of headers, and the first of the
// keys that verifies it. The returned key signs with the digest that it
// verified, so that other services get the same digest as this one;
// [Key.SameSecret] tells which of the keys it is. Signatures are compared in
// constant time, and nothing is decoded before the signature is known to be
// right. Only the digest that [DigestOf] returns is computed, and only with
// keys that verify it.
//
// The rules are those of osprofiler._utils.signed_unpack,
// osprofiler.web.WsgiMiddleware and osprofiler.profiler.init. White space
// around X-Trace-HMAC is ignored; upper-case hex is not accepted. Base64 is
// read as Python's urlsafe_b64decode reads it, which skips characters that are
// not base64. Where parent_id is missing, or false in Python (null, an empty
// string, 0), base_id is returned in its place. Where base_id is false in
// Python, an empty string is returned, and the receiver makes an id of its own.
// An id that is not a JSON string is returned as its JSON text.
//
// The error is [ErrNoKeys], [ErrMissing], [ErrTooLong], [ErrSignature] or
// [ErrMalformed] itself. Only the last one costs an allocation.
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
	var texts [2][2 * sha256.Size]byte // has room for the longest digest
	given, right := texts[0][:len(hmac)], texts[1][:len(hmac)]
	copy(given, hmac)
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
		hex.Encode(right, m.sum)
		if subtle.ConstantTimeCompare(right, given) == 0 {
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

// trimLatin1 removes the white space that Python's str.strip removes from a
// header's value. WSGI decodes the value as Latin-1, so each byte is one
// character.
func trimLatin1(s string) string {
	for s != "" && isSpace(rune(s[0])) {
		s = s[1:]
	}
	for s != "" && isSpace(rune(s[len(s)-1])) {
		s = s[:len(s)-1]
	}
	return s
}

// unpack reads the base64 in m.text, and uses the space behind it for the
// result.
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

// unpackCanonical reads the form that OSProfiler writes, without a JSON
// decoder, where the ids have no escaped characters.
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
	if !isPlain(ids[:i]) || !isPlain(ids[i+len(canonicalParent):]) {
		return TraceInfo{}, false
	}
	both := string(ids)
	return TraceInfo{BaseID: both[:i], ParentID: both[i+len(canonicalParent):]}, true
}

func isPlain(text []byte) bool {
	for _, c := range text {
		if !plain[c] {
			return false
		}
	}
	return true
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

// id returns a JSON value as an id: the content of a string, the text of any
// other value, and an empty id for a value that is false in Python.
func id(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil { // null leaves s empty as well
		return s
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil { // there was no value
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
