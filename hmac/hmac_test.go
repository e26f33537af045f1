// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"
)

// sign signs any text with the key's digest.
func sign(key Key, info string) string {
	m := key.mac(key.signs)
	defer key.putBack(key.signs, m)
	m.compute([]byte(info))
	return hex.EncodeToString(m.sum)
}

func TestNewKeyRefusesWhatNoServerMatches(t *testing.T) {
	for _, secret := range []string{"", ",", "SECRET,KEY", " SECRET", "SECRET\n", "SECRET\x1f", "\u2028SECRET", "SECRET\xff"} {
		key, err := NewKey(secret)
		if !errors.Is(err, ErrKey) || !key.IsZero() {
			t.Errorf("%q: got %v, %v", secret, key, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestParseKeys(t *testing.T) {
	info, mac := mustKey(t, "b c").SignedPack(TraceInfo{BaseID: "1"})
	for list, want := range map[string]int{
		"b c": 1, " a,b c": 2, ",, a ,\tb c\x1c,": 2, "a,b c,c": 3,
	} {
		keys, err := ParseKeys(list)
		if err != nil || len(keys) != want {
			t.Errorf("%q: got %d keys, %v; want %d", list, len(keys), err, want)
		}
		if _, _, err := keys.SignedUnpack(info, mac); err != nil {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := ParseKeys("a,,b,SECRET\xff,c"); err == nil || !strings.Contains(err.Error(), "key 3 of the list") {
		t.Errorf("the error does not say which key it is about: %v", err)
	}
	for _, list := range []string{"", " ", ",", " , ", "SECRET\xff"} {
		if keys, err := ParseKeys(list); !errors.Is(err, ErrKey) || keys != nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: got %v, %v", list, keys, err)
		}
	}
}

// The key stays inside.
func TestKeyNeverShows(t *testing.T) {
	const secret = "correct-horse"
	key := mustKey(t, secret)
	key.SignedPack(TraceInfo{BaseID: "1"})
	holder := struct {
		Key    Key
		hidden Key
		Keys   Keys
		m      map[string]Key
	}{key, key, Keys{key}, map[string]Key{"k": key}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		for _, v := range []any{key, &key, holder, &holder, Keys{key}, *key.mac(SHA1), *key.mac(SHA256)} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	data, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "key", key, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "key", key, "holder", holder)

	if !strings.Contains(out.String(), "hmac.Key(hidden)") {
		t.Error("nothing was printed")
	}
	shown := strings.ToLower(out.String())
	padded := make([]byte, sha1.BlockSize)
	copy(padded, secret)
	for i := range padded {
		padded[i] ^= 0x36
	}
	for _, form := range []string{
		secret, hex.EncodeToString([]byte(secret)), strings.Trim(fmt.Sprint([]byte(secret)), "[]"),
		strings.Trim(fmt.Sprint(padded[:13]), "[]"), hex.EncodeToString(padded[:13]),
	} {
		if strings.Contains(shown, form) {
			t.Errorf("the key shows as %q", form)
		}
	}
	if got := fmt.Sprint(Key{}); got != "hmac.Key(none)" {
		t.Errorf("zero key prints %s", got)
	}
}

func TestZeroKeySignsNothing(t *testing.T) {
	if info, mac := (Key{}).SignedPack(TraceInfo{BaseID: "1"}); info != "" || mac != "" {
		t.Errorf("got %q %q", info, mac)
	}
}

func TestSignedPackIsUnpacked(t *testing.T) {
	sha1Key, sha256Key := mustKey(t, "k"), mustKey(t, "k", SHA256, SHA1)
	roundTrip := func(base, parent string, longer bool) bool {
		key := sha1Key
		if longer {
			key = sha256Key
		}
		if len(base)+len(parent) > 200 || base == "" {
			return true
		}
		want := TraceInfo{BaseID: strings.ToValidUTF8(base, "\ufffd"), ParentID: strings.ToValidUTF8(parent, "\ufffd")}
		if !utf8.ValidString(base) || !utf8.ValidString(parent) {
			base, parent = want.BaseID, want.ParentID
		}
		if parent == "" {
			want.ParentID = base
		}
		info, mac := key.SignedPack(TraceInfo{BaseID: base, ParentID: parent})
		got, by, err := Keys{key}.SignedUnpack(info, mac)
		return err == nil && by == key && got == want
	}
	if err := quick.Check(roundTrip, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

// The expected texts are what json.dumps of CPython 3.11 printed.
func TestSignedPackEscapesAsPython(t *testing.T) {
	for id, want := range map[string]string{
		"a\"b\\c/": `"a\"b\\c/"`, "\n\r\t\b\f\x00\x1f\x7f": `"\n\r\t\b\f\u0000\u001f\u007f"`, "é€😀": `"\u00e9\u20ac\ud83d\ude00"`,
		"a ~b": `"a ~b"`, // with the first and the last character of ASCII that is not escaped
	} {
		info, _ := mustKey(t, "k").SignedPack(TraceInfo{BaseID: id})
		got, err := base64.URLEncoding.DecodeString(info)
		if want := `{"base_id": ` + want + `, "parent_id": ` + want + `}`; err != nil || string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The expected results are those of OSProfiler's signed_unpack, _trace_is_valid
// and profiler.init on CPython 3.11.
func TestSignedUnpackOddJSON(t *testing.T) {
	key := mustKey(t, "k")
	for decoded, want := range map[string]struct {
		trace TraceInfo
		err   error
	}{
		`{"base_id": "b", "parent_id": null}`:          {TraceInfo{"b", "b"}, nil},
		`{"base_id": "b", "parent_id": ""}`:            {TraceInfo{"b", "b"}, nil},
		`{"base_id": "b", "parent_id": 0.0}`:           {TraceInfo{"b", "b"}, nil},
		`{"base_id": "b", "parent_id": []}`:            {TraceInfo{"b", "b"}, nil},
		`{"base_id": 12, "parent_id": true}`:           {TraceInfo{"12", "true"}, nil},
		`{"base_id": [1, 2]}`:                          {TraceInfo{"[1,2]", "[1,2]"}, nil},
		`{"base_id": null, "parent_id": "p"}`:          {TraceInfo{"", "p"}, nil},
		`{"base_id": ""}`:                              {TraceInfo{}, nil},
		` {"base_id" : "b" } `:                         {TraceInfo{"b", "b"}, nil},
		`{"base_id": "b", "hmac_key": 1}`:              {TraceInfo{"b", "b"}, nil},
		`{"base_id": "b", "parent_id": "p\"q"}`:        {TraceInfo{"b", `p"q`}, nil},
		`{"base_id": "b\\", "parent_id": "p"}`:         {TraceInfo{`b\`, "p"}, nil},
		"{\"base_id\": \"b\n\", \"parent_id\": \"p\"}": {TraceInfo{}, ErrMalformed},
		`{"base_id": "é", "parent_id": "p"}`:           {TraceInfo{"é", "p"}, nil},
		`{"base_id": "b", "parent_id": "p"}x`:          {TraceInfo{}, ErrMalformed},
		`{"base_id": "b", "parent_id": "p"q"}`:         {TraceInfo{}, ErrMalformed},
		`{"base_id": "a"b", "parent_id": "p"}`:         {TraceInfo{}, ErrMalformed},
		`{"base_id": "b", "Parent_id": "p"}`:           {TraceInfo{}, ErrMalformed},
		`{"base_id": "b", "parent_id": "p` + "\n":      {TraceInfo{}, ErrMalformed},
		"{\"base_id\": \"b\n\"}":                       {TraceInfo{}, ErrMalformed},
		"{\"base_id\": \"b\xff\"}":                     {TraceInfo{}, ErrMalformed},
		"\ufeff{\"base_id\": \"b\"}":                   {TraceInfo{}, ErrMalformed},
		`"base_id"`:                                    {TraceInfo{}, ErrMalformed},
		``:                                             {TraceInfo{}, ErrMalformed},
		// Python treats the texts from here on in another way: see the package
		// documentation.
		`{"base_id": NaN}`:                           {TraceInfo{}, ErrMalformed},
		`{"base_id": "b", "parent_id": [-Infinity]}`: {TraceInfo{}, ErrMalformed},
		`{"base_id": "b\ud800", "parent_id": "p"}`:   {TraceInfo{"b\ufffd", "p"}, nil},
		`{"base_id": "b", "hmac_key": ` + strings.Repeat("[", 1400) + strings.Repeat("]", 1400) + `}`: {TraceInfo{"b", "b"}, nil},
	} {
		info := base64.URLEncoding.EncodeToString([]byte(decoded))
		if info == "" {
			info = "="
		}
		got, _, err := Keys{key}.SignedUnpack(info, sign(key, info))
		if got != want.trace || !errors.Is(err, want.err) {
			t.Errorf("%s: got %+v, %v; want %+v, %v", decoded, got, err, want.trace, want.err)
		}
	}
}

// The form that OSProfiler writes is read without the JSON decoder, and nothing
// else is.
func TestUnpackCanonical(t *testing.T) {
	for decoded, want := range map[string]TraceInfo{
		`{"base_id": "b74f3410-5463-852d-9c43-4723dde138d8", "parent_id": "9c25b2db-f6ba-d673-423e-96d038e9de81"}`: {"b74f3410-5463-852d-9c43-4723dde138d8", "9c25b2db-f6ba-d673-423e-96d038e9de81"},
		`{"base_id": "1", "parent_id": "2"}`:             {"1", "2"},
		`{"base_id": " ~", "parent_id": "~ "}`:           {" ~", "~ "},
		`{"base_id": "", "parent_id": "2"}`:              {},
		`{"base_id": "1", "parent_id": ""}`:              {},
		`{"base_id": "1"}`:                               {},
		`{"base_id": "1", "parent_id": "2"} `:            {},
		` {"base_id": "1", "parent_id": "2"}`:            {},
		`{"base_id": "1\\", "parent_id": "2"}`:           {},
		`{"base_id": "1", "parent_id": "\u0032"}`:        {},
		`{"base_id": "1", "parent_id": ""2"}`:            {},
		`{"base_id": "1", "parent_id": "2"", "x": "y"}`:  {},
		"{\"base_id\": \"1\x1f\", \"parent_id\": \"2\"}": {},
		"{\"base_id\": \"1\", \"parent_id\": \"\x7f\"}":  {},
		"{\"base_id\": \"\xff\", \"parent_id\": \"2\"}":  {},
	} {
		got, ok := unpackCanonical([]byte(decoded))
		if got != want || ok != (want != TraceInfo{}) {
			t.Errorf("%q: got %+v, %v", decoded, got, ok)
		}
	}
}

// Both ways to read the form that OSProfiler writes give the same result.
func TestUnpackCanonicalIsJSON(t *testing.T) {
	same := func(base, parent string) bool {
		decoded := []byte(canonicalBase + base + canonicalParent + parent + canonicalEnd)
		got, ok := unpackCanonical(decoded)
		if !ok {
			return true
		}
		want, ok := unpackJSON(decoded)
		return ok && got == want
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	for c := range 256 {
		s := string([]byte{byte(c)})
		if !same(s, "2") || !same("1", s) {
			t.Errorf("the byte %#x is read in two ways", c)
		}
	}
}

func TestTrimLatin1(t *testing.T) {
	const mac = "6db0f48de72dc1fcf2319bc261831cec2eb2be76"
	for _, around := range []string{"", " ", "\t\n\v\f\r ", "\x1c\x1d\x1e\x1f", "\x85", "\xa0\xa0"} {
		if got := trimLatin1(around + mac + around); got != mac {
			t.Errorf("%q: got %q", around, got)
		}
	}
	// In UTF-8 a no-break space is two characters of Latin-1.
	if got := trimLatin1(mac + "\u00a0"); got != mac+"\xc2" {
		t.Errorf("got %q", got)
	}
	if got := trimLatin1("  "); got != "" {
		t.Errorf("got %q", got)
	}
}

// The expected results are those of base64.urlsafe_b64decode of CPython 3.11.
func TestDecodeLenient(t *testing.T) {
	for src, want := range map[string]string{
		"aGk=": "hi", "a G\nk=": "hi", "=aGk=": "hi", "aGk==": "hi", "aGk=aGk=": "hi", "aGk=é": "error", "é": "error",
		"aGk=\x7f": "hi", "a\x7fGk=": "hi", "aGk=\x80": "error", "a\x80Gk=": "error", // the last of ASCII and the first that is not
		"a=G=k=": "hi", "aGk": "error", "a": "error", "!": "", "-_+/": "\xfb\xff\xbf"[:0] + "\xfb\xff\xbf", "aG=!=k=": "h",
	} {
		dst := make([]byte, len(src))
		n, err := decodeLenient(dst, []byte(src))
		got := string(dst[:n])
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
	}
}

func FuzzSignedUnpack(f *testing.F) {
	for _, file := range vectorFiles {
		for _, v := range loadVectors(f, file.name).Verify[:40] {
			f.Add(v.Info, v.HMAC)
		}
	}
	keys := Keys{mustKey(f, "beta"), mustKey(f, "gamma")}
	for _, digest := range []Digest{SHA1, SHA256} {
		other, err := keys[1].WithDigests(digest)
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, other)
	}
	f.Fuzz(func(t *testing.T, info, mac string) {
		if _, key, err := keys.SignedUnpack(info, mac); err == nil && sign(key, info) != trimLatin1(mac) {
			t.Error("accepted without a signature")
		}
		// A signature can be that of any text, and the decoders must cope with
		// it.
		for _, signer := range keys[2:] {
			trace, key, err := keys.SignedUnpack(info, sign(signer, info))
			if err != nil {
				continue
			}
			if !key.SameSecret(keys[1]) || key.Digest() != signer.Digest() {
				t.Error("wrong key")
			}
			if trace.BaseID == "" {
				continue
			}
			again, _, err := keys.SignedUnpack(signer.SignedPack(trace))
			if len(info) < MaxHeaderBytes/8 && (err != nil || again != trace) {
				t.Errorf("%+v packed again is %+v, %v", trace, again, err)
			}
		}
	})
}
