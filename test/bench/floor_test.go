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

	"go.opentelemetry.io/otel/trace"

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
	hash       hash.Hash
	json, text []byte
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
	return s.sign(f.json)
}

// signSpan writes the ids of a span into the JSON first.
func (f *floor) signSpan(sc trace.SpanContext) (info, mac string) {
	s := f.state.Get().(*floorState)
	defer f.state.Put(s)
	s.json = append(s.json[:0], f.json...)
	traceID, spanID := sc.TraceID(), sc.SpanID()
	writeUUID(s.json[jsonBaseID:], traceID[:8], traceID[8:])
	writeUUID(s.json[jsonParentID:], traceID[:8], spanID[:])
	return s.sign(s.json)
}

// Where the ids stand in the JSON.
const (
	jsonBaseID   = len(`{"base_id": "`)
	jsonParentID = jsonBaseID + len(baseID) + len(`", "parent_id": "`)
)

// writeUUID writes the digits of a UUID between its hyphens.
func writeUUID(text, high, low []byte) {
	hex.Encode(text, high[:4])
	hex.Encode(text[9:], high[4:6])
	hex.Encode(text[14:], high[6:8])
	hex.Encode(text[19:], low[:2])
	hex.Encode(text[24:], low[2:8])
}

func (s *floorState) sign(json []byte) (info, mac string) {
	s.text = base64.URLEncoding.AppendEncode(s.text[:0], json)
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
