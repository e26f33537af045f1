package hmac

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// vectors are headers and verdicts made by OSProfiler's own code.
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

func loadVectors(tb testing.TB) vectors {
	tb.Helper()
	data, err := os.ReadFile("testdata/osprofiler-headers.json")
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

func mustKey(tb testing.TB, secret string) Key {
	tb.Helper()
	key, err := NewKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestSignedPackVectors(t *testing.T) {
	for _, v := range loadVectors(t).Sign {
		info, hmac := mustKey(t, v.Key).SignedPack(TraceInfo{BaseID: v.BaseID, ParentID: v.ParentID})
		if info != v.Info || hmac != v.HMAC {
			t.Errorf("key %q, base %s: got %s %s, want %s %s", v.Key, v.BaseID, info, hmac, v.Info, v.HMAC)
		}
	}
}

func TestSignedUnpackVectors(t *testing.T) {
	for _, v := range loadVectors(t).Verify {
		keys := make(Keys, len(v.Keys))
		secrets := map[Key]string{}
		for i, secret := range v.Keys {
			keys[i] = mustKey(t, secret)
			secrets[keys[i]] = secret
		}
		got, key, err := keys.SignedUnpack(v.Info, v.HMAC)
		if (err == nil) != v.Valid {
			t.Errorf("%s: error %v, want valid %v", v.Name, err, v.Valid)
			continue
		}
		want := TraceInfo{BaseID: v.BaseID, ParentID: v.ParentID}
		if want.ParentID == "" {
			want.ParentID = want.BaseID
		}
		if got != want || secrets[key] != v.Key {
			t.Errorf("%s: got %+v with key %q, want %+v with %q", v.Name, got, secrets[key], want, v.Key)
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
		Keys     string `json:"hmac_keys"`    // as the option of a service
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
	for _, v := range vectors {
		keys, _ := ParseKeys(v.Keys) // some are none
		got, key, err := keys.SignedUnpack(bytesOf(v.Info), bytesOf(v.HMAC))
		if (err == nil) != v.Valid {
			t.Errorf("%s, keys %q, %q %q: error %v, want valid %v", v.Kind, v.Keys, v.Info, v.HMAC, err, v.Valid)
		} else if v.Valid && (got != TraceInfo{v.BaseID, v.ParentID} || key != keys[v.Key]) {
			t.Errorf("%s, keys %q, %q %q: got %+v, want %+v of key %d", v.Kind, v.Keys, v.Info, v.HMAC, got, v, v.Key)
		}
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
		"no keys":             {nil, info, hmac, ErrNoKeys},
		"no info":             {Keys{key}, "", hmac, ErrMissing},
		"no hmac":             {Keys{key}, info, "", ErrMissing},
		"blank hmac":          {Keys{key}, info, " \t", ErrMissing},
		"long info":           {Keys{key}, long, sign(key, long), ErrTooLong},
		"long hmac":           {Keys{key}, info, hmac + long, ErrTooLong},
		"other key":           {Keys{mustKey(t, "other"), {}}, info, hmac, ErrSignature},
		"not hex":             {Keys{key}, info, "z" + hmac[1:], ErrSignature},
		"signed, not JSON":    {Keys{key}, "aGVsbG8=", malformed, ErrMalformed},
		"signed, valid":       {Keys{key}, info, hmac, nil},
		"signed, second key":  {Keys{{}, key}, info, hmac, nil},
		"longest that counts": {Keys{key}, string(make([]byte, MaxHeaderBytes)), hmac, ErrSignature},
	} {
		if _, _, err := test.keys.SignedUnpack(test.info, test.hmac); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
