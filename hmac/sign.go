// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf16"
	"unicode/utf8"
)

// The names of the two headers (osprofiler/web.py).
const (
	HeaderInfo = "X-Trace-Info"
	HeaderHMAC = "X-Trace-HMAC"
)

// TraceInfo is the content of X-Trace-Info.
type TraceInfo struct {
	// BaseID names the whole trace. OSProfiler writes a UUID there, but any
	// other text is signed and accepted too.
	BaseID string
	// ParentID is the id of the point under which the receiver's points hang.
	// It equals BaseID where there is no such point.
	ParentID string
}

// SignedPack returns the values of X-Trace-Info and X-Trace-HMAC for t, which
// are byte for byte those of osprofiler._utils.signed_pack, signed with the
// key's [Key.Digest]. An empty ParentID stands for the BaseID. For the zero Key
// both values are empty, and the caller must send neither header.
func (k Key) SignedPack(t TraceInfo) (info, hmac string) {
	if k.IsZero() {
		return "", ""
	}
	if t.ParentID == "" {
		t.ParentID = t.BaseID
	}
	m := k.mac(k.signs)
	if m == nil {
		return "", ""
	}
	defer k.putBack(k.signs, m)

	m.text = append(m.text[:0], `{"base_id": `...)
	m.text = appendJSON(m.text, t.BaseID)
	m.text = append(m.text, `, "parent_id": `...)
	m.text = appendJSON(m.text, t.ParentID)
	m.text = append(m.text, '}')
	packed := len(m.text)
	m.text = base64.URLEncoding.AppendEncode(m.text, m.text)
	m.compute(m.text[packed:])
	signed := len(m.text)
	m.text = hex.AppendEncode(m.text, m.sum)

	both := string(m.text[packed:])
	return both[:signed-packed], both[signed-packed:]
}

// compute leaves the HMAC of text in m.sum.
func (m *mac) compute(text []byte) {
	m.resume(m.inner)
	m.hash.Write(text)
	m.hash.Sum(m.sum[:0])
	m.resume(m.outer)
	m.hash.Write(m.sum)
	m.hash.Sum(m.sum[:0])
}

// resume puts the hash back into a state that it had before.
func (m *mac) resume(state []byte) {
	_ = m.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state) // the state is the hash's own
}

// plain are the characters that a JSON string of json.dumps has as they are.
var plain = func() (set [256]bool) {
	for c := ' '; c <= '~'; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// appendJSON appends s as Python's json.dumps writes it: in ASCII, with every
// other character escaped as UTF-16.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; ; {
		start := i
		for i < len(s) && plain[s[i]] {
			i++
		}
		b = append(b, s[start:i]...)
		if i == len(s) {
			return append(b, '"')
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch r {
		case '"', '\\':
			b = append(b, '\\', byte(r))
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		default:
			if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
				b = appendUnit(b, hi)
				r = lo
			}
			b = appendUnit(b, r)
		}
	}
}

func appendUnit(b []byte, r rune) []byte {
	return hex.AppendEncode(append(b, `\u`...), []byte{byte(r >> 8), byte(r)})
}
