// SPDX-License-Identifier: Apache-2.0

package main

import (
	cryptohmac "crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"sync"

	"github.com/ostrace/ostrace/hmac"
)

// floor does the least work that OSProfiler's format needs with Go's standard
// library: base64, HMAC with a prepared key, and hex. It neither makes nor
// reads JSON.
type floor struct {
	json  []byte
	state sync.Pool // of *floorState
}

type floorState struct {
	hash hash.Hash
	text []byte
}

func newFloor(digest hmac.Digest) *floor {
	algorithm := sha1.New
	if digest == hmac.SHA256 {
		algorithm = sha256.New
	}
	f := &floor{json: []byte(`{"base_id": "` + baseID + `", "parent_id": "` + parentID + `"}`)}
	f.state.New = func() any { return &floorState{hash: cryptohmac.New(algorithm, []byte(secret))} }
	return f
}

func (f *floor) sign() (info, mac string) {
	s := f.state.Get().(*floorState)
	defer f.state.Put(s)
	s.text = base64.URLEncoding.AppendEncode(s.text[:0], f.json)
	s.hash.Reset()
	s.hash.Write(s.text)
	n := len(s.text)
	s.text = s.hash.Sum(s.text)
	return string(s.text[:n]), hex.EncodeToString(s.text[n:])
}

// verify returns the JSON that was signed as text.
func (f *floor) verify(info, mac string) (json string, ok bool) {
	s := f.state.Get().(*floorState)
	defer f.state.Put(s)
	s.text = append(s.text[:0], info...)
	s.hash.Reset()
	s.hash.Write(s.text)
	s.text = s.hash.Sum(s.text)
	n := len(info)
	s.text = hex.AppendEncode(s.text, s.text[n:])
	if !cryptohmac.Equal(s.text[n+s.hash.Size():], []byte(mac)) {
		return "", false
	}
	s.text, _ = base64.URLEncoding.AppendDecode(s.text[:n], s.text[:n])
	return string(s.text[n:]), true
}
