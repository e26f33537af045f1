// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// OSProfiler's own code made the vectorFiles. For SHA-256 it was the code of
// 4.4 with another digest. The tests in test/osprofiler write those with
//
//	go test -C test/osprofiler -run Vectors -update
var vectorFiles = []struct {
	name   string
	digest Digest
}{
	{"osprofiler-headers.json", SHA1},
	{"osprofiler-headers-sha256.json", SHA256},
}

// vectors are headers and verdicts.
type vectors struct {
	Sign []struct {
		Key      string `json:"key"`
		BaseID   string `json:"base_id"`
		ParentID string `json:"parent_id"`
		Info     string `json:"x_trace_info"`
		HMAC     string `json:"x_trace_hmac"`
	} `json:"sign"`
	Verify []struct {
		Name     string   `json:"name"`
		Info     string   `json:"x_trace_info"`
		HMAC     string   `json:"x_trace_hmac"`
		Keys     []string `json:"hmac_keys"`
		Valid    bool     `json:"valid"`
		Key      string   `json:"hmac_key"`
		BaseID   string   `json:"base_id"`
		ParentID string   `json:"parent_id"`
	} `json:"verify"`
}

func loadVectors(tb testing.TB, name string) vectors {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatal(err)
	}
	if len(v.Sign) == 0 || len(v.Verify) == 0 {
		tb.Fatal("no vectors")
	}
	return v
}

func mustKey(tb testing.TB, secret string, digests ...Digest) Key {
	tb.Helper()
	key, err := NewKey(secret, digests...)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestSignedPackVectors(t *testing.T) {
	for _, file := range vectorFiles {
		for _, v := range loadVectors(t, file.name).Sign {
			info, hmac := mustKey(t, v.Key, file.digest).SignedPack(TraceInfo{BaseID: v.BaseID, ParentID: v.ParentID})
			if info != v.Info || hmac != v.HMAC {
				t.Errorf("%s, key %q, base %s: got %s %s, want %s %s", file.digest, v.Key, v.BaseID, info, hmac, v.Info, v.HMAC)
			}
		}
	}
}

// Keys that verify both digests give the same results as keys that verify one.
func TestSignedUnpackVectors(t *testing.T) {
	for _, file := range vectorFiles {
		for _, v := range loadVectors(t, file.name).Verify {
			for _, digests := range [][]Digest{nil, {file.digest}, {1 - file.digest, file.digest}} {
				var keys Keys
				for _, secret := range v.Keys {
					keys = append(keys, mustKey(t, secret, digests...))
				}
				got, key, err := keys.SignedUnpack(v.Info, v.HMAC)
				if (err == nil) != v.Valid {
					t.Errorf("%s %v: error %v, want valid %v", v.Name, digests, err, v.Valid)
					continue
				}
				if !v.Valid {
					continue
				}
				want := TraceInfo{BaseID: v.BaseID, ParentID: v.ParentID}
				if want.ParentID == "" {
					want.ParentID = want.BaseID
				}
				if got != want || !key.SameSecret(mustKey(t, v.Key)) || key.Digest() != file.digest {
					t.Errorf("%s %v: got %+v with %s, want %+v", v.Name, digests, got, key.Digest(), want)
				}
			}
		}
	}
}

// The verdicts are those of OSProfiler's own code, on some of the headers that
// the tests in test/osprofiler generate. They write the file, with
//
//	go test -C test/osprofiler -run Differential -update
func TestSignedUnpackDifferential(t *testing.T) {
	data, err := os.ReadFile("testdata/differential.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Kind     string `json:"kind"`
		Digest   string `json:"digest"`
		Keys     string `json:"hmac_keys"`    // the option of a service
		Info     string `json:"x_trace_info"` // each character is a byte
		HMAC     string `json:"x_trace_hmac"`
		Valid    bool   `json:"valid"`
		Key      int    `json:"key"`
		BaseID   string `json:"base_id"`
		ParentID string `json:"parent_id"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 100 {
		t.Fatalf("%d vectors", len(vectors))
	}
	counts := map[string]int{}
	for _, v := range vectors {
		counts[v.Digest]++
		digest, err := ParseDigest(v.Digest)
		if err != nil {
			t.Fatal(err)
		}
		keys, _ := ParseKeys(v.Keys, digest) // some lists have no keys
		got, key, err := keys.SignedUnpack(bytesOf(v.Info), bytesOf(v.HMAC))
		if (err == nil) != v.Valid {
			t.Errorf("%s, %s, keys %q, %q %q: error %v, want valid %v", v.Digest, v.Kind, v.Keys, v.Info, v.HMAC, err, v.Valid)
		} else if v.Valid && (got != TraceInfo{v.BaseID, v.ParentID} || key != keys[v.Key]) {
			t.Errorf("%s, %s, keys %q, %q %q: got %+v, want %+v of key %d", v.Digest, v.Kind, v.Keys, v.Info, v.HMAC, got, v, v.Key)
		}
	}
	if counts["sha1"] < 100 || counts["sha256"] < 100 {
		t.Errorf("vectors %v", counts)
	}
}

func bytesOf(latin1 string) string {
	b := make([]byte, 0, len(latin1))
	for _, r := range latin1 {
		b = append(b, byte(r))
	}
	return string(b)
}

func TestSignedUnpackErrors(t *testing.T) {
	key := mustKey(t, "SECRET_KEY")
	info, hmac := key.SignedPack(TraceInfo{BaseID: "b"})
	malformed := sign(key, "aGVsbG8=")
	long := string(make([]byte, MaxHeaderBytes+1))
	for name, test := range map[string]struct {
		keys       Keys
		info, hmac string
		want       error
	}{
		"no keys":            {nil, info, hmac, ErrNoKeys},
		"no info":            {Keys{key}, "", hmac, ErrMissing},
		"no hmac":            {Keys{key}, info, "", ErrMissing},
		"blank hmac":         {Keys{key}, info, " \t", ErrMissing},
		"long info":          {Keys{key}, long, sign(key, long), ErrTooLong},
		"long hmac":          {Keys{key}, info, hmac + long, ErrTooLong},
		"other key":          {Keys{mustKey(t, "other"), {}}, info, hmac, ErrSignature},
		"not hex":            {Keys{key}, info, "z" + hmac[1:], ErrSignature},
		"signed, not JSON":   {Keys{key}, "aGVsbG8=", malformed, ErrMalformed},
		"signed, valid":      {Keys{key}, info, hmac, nil},
		"signed, second key": {Keys{{}, key}, info, hmac, nil},
		"longest info":       {Keys{key}, string(make([]byte, MaxHeaderBytes)), hmac, ErrSignature},
		"longest hmac":       {Keys{key}, info, hmac + strings.Repeat(" ", MaxHeaderBytes-len(hmac)), nil},
		"one space too many": {Keys{key}, info, hmac + strings.Repeat(" ", MaxHeaderBytes-len(hmac)+1), ErrTooLong},
	} {
		if _, _, err := test.keys.SignedUnpack(test.info, test.hmac); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
