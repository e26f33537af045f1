// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/hmac"
)

var (
	seed   = flag.Uint64("seed", uint64(time.Now().UnixNano()), "the seed of the generated headers, to repeat a run")
	pairs  = flag.Int("pairs", 250_000, "how many pairs of headers to compare")
	update = flag.Bool("update", false, "write "+dataFile)
)

// dataFile has some of the pairs, for a test in hmac that does not need Python.
const dataFile = "../../hmac/testdata/differential.json"

const batch = 500

// headers are a pair of headers, and the option hmac_keys of their receiver.
type headers struct {
	digest    hmac.Digest
	kind      string
	option    string
	info, mac string
}

// MarshalJSON writes the form that verdicts.py reads.
func (h headers) MarshalJSON() ([]byte, error) {
	value := func(s string) any {
		if s == "" {
			return nil
		}
		return latin1(s)
	}
	return json.Marshal([]any{h.option, value(h.info), value(h.mac)})
}

// latin1 makes a character of each byte, as WSGI does.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// verdict is Python's verdict about a pair of headers.
type verdict struct {
	Valid     bool     `json:"valid"`
	Key       int      `json:"key"`
	Base      pythonID `json:"base"`
	Parent    pythonID `json:"parent"`
	Made      bool     `json:"made"`      // base_id was false, and Python made one
	Constants bool     `json:"constants"` // the JSON holds NaN, Infinity or -Infinity
	Deep      bool     `json:"deep"`      // the JSON is nested deeper than Python can go
	Raised    string   `json:"raised"`    // signed_unpack raised this exception
}

// pythonID is an id as OSProfiler keeps it. It is empty if Python made the id.
type pythonID struct {
	Text string `json:"text"`
	JSON bool   `json:"json"` // it is not a string, and this is its JSON text
	Lone bool   `json:"lone"` // it had lone surrogates, each now U+FFFD
}

// judge starts a Python process whose OSProfiler has the digest, and returns
// functions that send it batches of pairs and get its verdicts.
func judge(t *testing.T, digest hmac.Digest) (ask func([]headers) error, answer func() []verdict) {
	t.Helper()
	p := start(t, with(digest, "verdicts.py")...)
	ask = func(batch []headers) error { return p.send(batch) }
	answer = func() (verdicts []verdict) {
		if err := json.Unmarshal(p.line(t), &verdicts); err != nil {
			t.Fatal(err)
		}
		return verdicts
	}
	return ask, answer
}

// compare returns the deliberate difference between the library and Python, if
// there is one, and a problem if they differ in another way. It defines all
// deliberate differences.
func compare(h headers, v verdict) (difference, problem string) {
	keys, keysErr := hmac.ParseKeys(h.option, h.digest)
	trace, key, err := keys.SignedUnpack(h.info, h.mac)
	if problem := comparedWithBoth(h, trace, err); problem != "" {
		return "", problem
	}
	index := -1
	for i, k := range keys {
		if k == key {
			index = i
		}
	}
	if err != nil && (trace != hmac.TraceInfo{} || index >= 0) {
		return "", "something is returned beside an error"
	}
	refused := func(want error) string {
		if !errors.Is(err, want) {
			return fmt.Sprintf("got %v, want %v", err, want)
		}
		return ""
	}
	switch {
	case keysErr != nil:
		if v.Valid {
			return "", keysErr.Error()
		}
		return "", refused(hmac.ErrNoKeys)
	case len(h.info) > hmac.MaxHeaderBytes || len(h.mac) > hmac.MaxHeaderBytes:
		return "too long", refused(hmac.ErrTooLong)
	case v.Valid && v.Constants:
		return "JSON's constants", refused(hmac.ErrMalformed)
	case v.Deep && err == nil:
		return "deep JSON", ""
	case v.Valid != (err == nil):
		return "", fmt.Sprintf("got %v, Python %#v", err, v)
	case !v.Valid && v.Raised != "":
		return "Python raises", ""
	case !v.Valid:
		return "", ""
	case index != v.Key:
		return "", fmt.Sprintf("key %d, Python %d", index, v.Key)
	case !v.Base.same(trace.BaseID) || !v.Parent.same(trace.ParentID):
		return "", fmt.Sprintf("got %#v, Python %#v", trace, v)
	case v.Made:
		return "no base_id", ""
	case v.Base.JSON || v.Parent.JSON:
		return "ids that are no strings", ""
	case v.Base.Lone || v.Parent.Lone:
		return "lone surrogates", ""
	}
	return "", ""
}

// comparedWithBoth returns a difference between keys that verify both digests
// and keys that verify one, except that they accept the other digest too.
func comparedWithBoth(h headers, want hmac.TraceInfo, wantErr error) string {
	keys, keysErr := hmac.ParseKeys(h.option)
	if keysErr != nil {
		return ""
	}
	trace, key, err := keys.SignedUnpack(h.info, h.mac)
	digest := h.digest
	if h.kind == "other digest" && wantErr != nil && err == nil {
		digest, want, wantErr = 1-h.digest, trace, nil
	}
	if err == nil && key.Digest() != digest || !errors.Is(err, wantErr) || trace != want {
		return fmt.Sprintf("of both digests: got %v, %v in %s; want %v, %v", trace, err, key.Digest(), want, wantErr)
	}
	return ""
}

// same reports whether id is the library's form of p: the content of a string,
// or the JSON text of the same value.
func (p pythonID) same(id string) bool {
	if !p.JSON {
		return id == p.Text
	}
	var ours, theirs any
	if decode(id, &ours) != nil || decode(strings.ReplaceAll(p.Text, "Infinity", "1e999"), &theirs) != nil {
		return false
	}
	return reflect.DeepEqual(numbers(ours), numbers(theirs)) && compact(id) == id
}

func decode(text string, value any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(value)
}

// numbers replaces numbers with their values. Numbers that are too large are
// infinite, as in Python.
func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		f, _ := strconv.ParseFloat(string(v), 64)
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = numbers(v[name])
		}
	}
	return value
}

func compact(text string) string {
	var b bytes.Buffer
	_ = json.Compact(&b, []byte(text))
	return b.String()
}

// The library accepts the same headers as OSProfiler's own code, with the same
// ids and the same key, except for the deliberate differences in compare.
func TestDifferential(t *testing.T) {
	if *update {
		*seed = 1 // so that the file changes only with the code that makes it
	}
	t.Logf("repeat with -seed %d", *seed)
	began := time.Now()
	asks, answers := map[hmac.Digest]func([]headers) error{}, map[hmac.Digest]func() []verdict{}
	for _, digest := range digests {
		asks[digest], answers[digest] = judge(t, digest)
	}
	batches := make(chan []headers, 8)
	go func() {
		defer close(batches)
		g := newGenerator(*seed)
		for n := 0; n < *pairs && !t.Failed(); n += batch {
			g.digest = digests[n/batch%len(digests)]
			generated := make([]headers, batch)
			for i := range generated {
				generated[i] = g.headers()
			}
			batches <- generated
			if asks[g.digest](generated) != nil {
				return // there will be no answer
			}
		}
	}()
	type count struct{ accepted, refused int }
	counts := map[string]*count{}
	found := map[string]int{}
	compared, accepted := 0, 0
	chosen := newSelection()
	for generated := range batches {
		verdicts := answers[generated[0].digest]()
		if len(verdicts) != len(generated) {
			t.Fatalf("%d verdicts on %d pairs", len(verdicts), len(generated))
		}
		for i, h := range generated {
			difference, problem := compare(h, verdicts[i])
			if problem != "" {
				t.Errorf("%s, %s: %s\nhmac_keys %q\ninfo %q\nhmac %q\ndecoded %q", h.digest, h.kind, problem, h.option, h.info, h.mac, decoded(h.info))
			}
			found[difference]++
			kind := h.digest.String() + ", " + h.kind
			c := counts[kind]
			if c == nil {
				c = new(count)
				counts[kind] = c
			}
			compared++
			if verdicts[i].Valid {
				c.accepted++
				accepted++
			} else {
				c.refused++
			}
			chosen.offer(h, verdicts[i], difference)
		}
	}
	t.Logf("%d pairs, %d accepted, in %v; differences %v", compared, accepted, time.Since(began).Round(time.Millisecond), found)
	for kind, c := range counts {
		t.Logf("%-25s %6d accepted %6d refused", kind, c.accepted, c.refused)
	}

	// If nearly all or nearly none were accepted, the test would find nothing.
	if accepted < compared/5 || accepted > compared*4/5 {
		t.Errorf("%d of %d accepted", accepted, compared)
	}
	for _, difference := range []string{
		"", "too long", "JSON's constants", "deep JSON", "Python raises", "no base_id", "ids that are no strings", "lone surrogates",
	} {
		if found[difference] < compared/10_000 {
			t.Errorf("the difference %q was met %d times", difference, found[difference])
		}
	}
	if *update && !t.Failed() {
		chosen.write(t)
	}
}

func decoded(info string) []byte {
	data, _ := base64.URLEncoding.DecodeString(info)
	return data
}

// selection has some of the pairs of each kind, both accepted and refused ones.
type selection struct {
	pairs []datum
	taken map[string]int
	left  int
}

// datum is one entry of dataFile.
type datum struct {
	Kind     string `json:"kind"`
	Digest   string `json:"digest"`
	Keys     string `json:"hmac_keys"`
	Info     string `json:"x_trace_info"`
	HMAC     string `json:"x_trace_hmac"`
	Valid    bool   `json:"valid"`
	Key      int    `json:"key"`
	BaseID   string `json:"base_id"`
	ParentID string `json:"parent_id"`
}

func newSelection() *selection { return &selection{taken: map[string]int{}, left: 200_000} }

func (s *selection) offer(h headers, v verdict, difference string) {
	switch difference {
	case "too long", "JSON's constants", "deep JSON":
		return // the tests of hmac have these
	}
	if v.Base.JSON && v.Base.Text != idOf(h, "base") || v.Parent.JSON && v.Parent.Text != idOf(h, "parent") {
		return // Python has the value, not the text, of such an id
	}
	class := fmt.Sprint(h.digest, h.kind, v.Valid, difference)
	size := len(h.info) + len(h.mac) + len(h.option) + len(v.Base.Text) + len(v.Parent.Text) + 150
	if s.taken[class] >= 5 || size > 1200 || size > s.left {
		return
	}
	s.taken[class]++
	s.left -= size
	s.pairs = append(s.pairs, datum{
		Kind: h.kind, Digest: h.digest.String(), Keys: h.option, Info: latin1(h.info), HMAC: latin1(h.mac),
		Valid: v.Valid, Key: v.Key, BaseID: v.Base.Text, ParentID: v.Parent.Text,
	})
}

func idOf(h headers, which string) string {
	keys, _ := hmac.ParseKeys(h.option, h.digest)
	trace, _, _ := keys.SignedUnpack(h.info, h.mac)
	if which == "base" {
		return trace.BaseID
	}
	return trace.ParentID
}

func (s *selection) write(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, p := range s.pairs {
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(line)
		if i < len(s.pairs)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	if err := os.WriteFile(dataFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("wrote %d pairs, %d bytes", len(s.pairs), b.Len())
}

// For each deliberate difference this has the verdicts of Python and of the
// library.
func TestDeliberateDifferences(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testDeliberateDifferences(t, digest) })
	}
}

func testDeliberateDifferences(t *testing.T, digest hmac.Digest) {
	t.Helper()
	const option = "k"
	key := mustKey(t, option, digest)
	object := func(text string) headers {
		info := base64.URLEncoding.EncodeToString([]byte(text))
		return headers{digest: digest, option: option, info: info, mac: sign(digest, option, info)}
	}
	padded := func(n int) headers {
		text := `{"base_id": "b"}`
		return object(text + strings.Repeat(" ", n*3/4-len(text)))
	}
	spaced := object(`{"base_id": "b"}`)
	spaced.mac += strings.Repeat(" ", hmac.MaxHeaderBytes+1-len(spaced.mac))
	foreign := object(`{"base_id": "b"}`)
	foreign.mac += "\xe9"
	ids := func(base, parent string) hmac.TraceInfo { return hmac.TraceInfo{BaseID: base, ParentID: parent} }
	text := func(s string) pythonID { return pythonID{Text: s} }
	ask, answer := judge(t, digest)
	for _, test := range []struct {
		name string
		headers
		python     verdict
		want       hmac.TraceInfo
		err        error
		difference string
	}{
		{"4096 bytes", padded(4096), verdict{Valid: true, Base: text("b"), Parent: text("b")}, ids("b", "b"), nil, ""},
		{"4100 bytes", padded(4100), verdict{Valid: true, Base: text("b"), Parent: text("b")}, ids("", ""), hmac.ErrTooLong, "too long"},
		{"4097 bytes of signature", spaced, verdict{Valid: true, Base: text("b"), Parent: text("b")}, ids("", ""), hmac.ErrTooLong, "too long"},
		{"an integer", object(`{"base_id": 12}`), verdict{Valid: true, Base: pythonID{Text: "12", JSON: true}, Parent: pythonID{Text: "12", JSON: true}}, ids("12", "12"), nil, "ids that are no strings"},
		{"an object", object(`{"base_id": "b", "parent_id": {"a" : [1, 2]}}`), verdict{Valid: true, Base: text("b"), Parent: pythonID{Text: `{"a":[1,2]}`, JSON: true}}, ids("b", `{"a":[1,2]}`), nil, "ids that are no strings"},
		{"NaN", object(`{"base_id": NaN}`), verdict{Valid: true, Base: pythonID{Text: "NaN", JSON: true}, Parent: pythonID{Text: "NaN", JSON: true}, Constants: true}, ids("", ""), hmac.ErrMalformed, "JSON's constants"},
		{"Infinity inside", object(`{"base_id": "b", "parent_id": [-Infinity]}`), verdict{Valid: true, Base: text("b"), Parent: pythonID{Text: "[-Infinity]", JSON: true}, Constants: true}, ids("", ""), hmac.ErrMalformed, "JSON's constants"},
		{"Infinity in hmac_key", object(`{"base_id": "b", "hmac_key": Infinity}`), verdict{Valid: true, Base: text("b"), Parent: text("b"), Constants: true}, ids("", ""), hmac.ErrMalformed, "JSON's constants"},
		{"a lone surrogate", object(`{"base_id": "a\ud800b", "parent_id": "\udc00\ud83d\ude00"}`), verdict{Valid: true, Base: pythonID{Text: "a\ufffdb", Lone: true}, Parent: pythonID{Text: "\ufffd😀", Lone: true}}, ids("a\ufffdb", "\ufffd😀"), nil, "lone surrogates"},
		{"no base_id", object(`{"base_id": "", "parent_id": "p"}`), verdict{Valid: true, Parent: text("p"), Made: true}, ids("", "p"), nil, "no base_id"},
		{"no id at all", object(`{"base_id": 0, "parent_id": []}`), verdict{Valid: true, Made: true}, ids("", ""), nil, "no base_id"},
		{"deep JSON", object(`{"base_id": "b", "hmac_key": ` + strings.Repeat("[", 1400) + strings.Repeat("]", 1400) + `}`), verdict{Deep: true}, ids("b", "b"), nil, "deep JSON"},
		{"a signature that is not ASCII", foreign, verdict{Raised: "TypeError"}, ids("", ""), hmac.ErrSignature, "Python raises"},
	} {
		if err := ask([]headers{test.headers}); err != nil {
			t.Fatal(err)
		}
		python := answer()[0]
		if python != test.python {
			t.Errorf("%s: Python says %+v, want %+v", test.name, python, test.python)
		}
		if got, _, err := (hmac.Keys{key}).SignedUnpack(test.info, test.mac); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %+v, %v; want %+v, %v", test.name, got, err, test.want, test.err)
		}
		if difference, problem := compare(test.headers, python); difference != test.difference || problem != "" {
			t.Errorf("%s: compared as %q, %q", test.name, difference, problem)
		}
	}
}

// The packed headers are byte for byte those of signed_pack.
func TestSignedPackIsPythons(t *testing.T) {
	t.Logf("repeat with -seed %d", *seed)
	for _, digest := range digests {
		p := start(t, with(digest, "verdicts.py", "pack")...)
		g := newGenerator(*seed)
		for range 20 {
			asked := make([][3]string, batch)
			for i := range asked {
				asked[i] = [3]string{pick(g, secrets), g.id(), g.id()}
			}
			if err := p.send(asked); err != nil {
				t.Fatal(err)
			}
			var packed [][2]string
			if err := json.Unmarshal(p.line(t), &packed); err != nil {
				t.Fatal(err)
			}
			for i, a := range asked {
				if a[2] == "" {
					continue // the library takes it for base_id
				}
				info, mac := mustKey(t, a[0], digest).SignedPack(hmac.TraceInfo{BaseID: a[1], ParentID: a[2]})
				if info != packed[i][0] || mac != packed[i][1] {
					t.Errorf("%s, %q: got %s %s, want %s", digest, a, info, mac, packed[i])
				}
			}
		}
	}
}

// OSProfiler's code makes the same vectors of SHA-256 as those in the package
// hmac.
func TestVectors(t *testing.T) {
	const folder = "../../hmac/testdata/"
	cmd := python(t, with(hmac.SHA256, "vectors.py")...)
	old, err := os.Open(folder + "osprofiler-headers.json")
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	cmd.Stdin = old
	made, _ := run(t, cmd)
	if *update {
		if err := os.WriteFile(folder+"osprofiler-headers-sha256.json", []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(folder + "osprofiler-headers-sha256.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != made {
		t.Error("Python makes other vectors; -update writes them")
	}
}
