package hmac

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
	"testing"
)

var benchTrace = TraceInfo{BaseID: "b74f3410-5463-852d-9c43-4723dde138d8", ParentID: "9c25b2db-f6ba-d673-423e-96d038e9de81"}

// floor is the least that signing can cost: base64 of the JSON as it stands,
// HMAC-SHA1 with a prepared key, hex.
func floor() func() (info, mac string) {
	json := []byte(`{"base_id": "` + benchTrace.BaseID + `", "parent_id": "` + benchTrace.ParentID + `"}`)
	type state struct {
		hash hash.Hash
		text []byte
	}
	pool := sync.Pool{New: func() any { return &state{hash: hmac.New(sha1.New, []byte("SECRET_KEY"))} }}
	return func() (string, string) {
		s := pool.Get().(*state)
		defer pool.Put(s)
		s.text = base64.URLEncoding.AppendEncode(s.text[:0], json)
		s.hash.Reset()
		s.hash.Write(s.text)
		n := len(s.text)
		s.text = s.hash.Sum(s.text)
		return string(s.text[:n]), hex.EncodeToString(s.text[n:])
	}
}

func BenchmarkSignedPack(b *testing.B) {
	key := mustKey(b, "SECRET_KEY")
	bare := floor()
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bare()
		}
	})
	b.Run("SignedPack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key.SignedPack(benchTrace)
		}
	})
	b.Run("SignedPack/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				key.SignedPack(benchTrace)
			}
		})
	})
}

func BenchmarkSignedUnpack(b *testing.B) {
	keys := Keys{mustKey(b, "SECRET_KEY")}
	info, mac := keys[0].SignedPack(benchTrace)
	bare := floor()
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bare()
		}
	})
	var reversed [2]string
	reversed[0], reversed[1] = signJSON(keys[0], `{"parent_id": "`+benchTrace.ParentID+`", "base_id": "`+benchTrace.BaseID+`"}`)
	for name, headers := range map[string][2]string{
		"valid":    {info, mac},
		"forged":   {info, strings.Repeat("0", len(mac))},
		"huge":     {strings.Repeat("A", 1<<20), mac},
		"absent":   {"", ""},
		"reversed": reversed,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = keys.SignedUnpack(headers[0], headers[1])
			}
		})
	}
}

func signJSON(key Key, json string) (info string, mac string) {
	info = base64.URLEncoding.EncodeToString([]byte(json))
	return info, sign(key, info)
}
