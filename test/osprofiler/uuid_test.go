// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// compareUUIDs compares how the library and Python read texts, and returns the
// number of UUIDs.
func compareUUIDs(t *testing.T, p *process, texts []string) (valid int) {
	t.Helper()
	if err := p.send(texts); err != nil {
		t.Fatal(err)
	}
	var want []*string
	if err := json.Unmarshal(p.line(t), &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		id, ok := propagation.TraceID(text)
		switch {
		case want[i] == nil:
			if ok {
				t.Errorf("%q: got %s, Python refuses it", text, id)
			}
			continue
		case *want[i] == trace.TraceID{}.String():
			if ok {
				t.Errorf("%q: zeros are not a trace id", text)
			}
		case !ok || id.String() != *want[i]:
			t.Errorf("%q: got %s, %v; Python %s", text, id, ok, *want[i])
		}
		valid++
	}
	return valid
}

// This tests each character of Unicode at the beginning, in the middle and at
// the end of an id. A newer Unicode has more digits than Python's, so those are
// left out.
func TestUUIDOfEachCharacter(t *testing.T) {
	var known []rune
	if err := json.Unmarshal(start(t, "uuids.py", "unicode").line(t), &known); err != nil {
		t.Fatal(err)
	}
	const digits = "b74f34105463852d9c434723dde138d8"
	p := start(t, "uuids.py")
	valid := 0
	for len(known) > 0 {
		n := min(len(known), 5000)
		var texts []string
		for _, c := range known[:n] {
			texts = append(texts, string(c)+digits[1:], digits[:16]+string(c)+digits[17:], digits[:31]+string(c))
		}
		valid += compareUUIDs(t, p, texts)
		known = known[n:]
	}
	// Unicode 14 has 650 decimal digits, in three places, and white space.
	if valid < 3*650 {
		t.Errorf("%d are UUIDs", valid)
	}
}

// This tests texts that are nearly UUIDs.
func TestUUIDs(t *testing.T) {
	t.Logf("repeat with -seed %d", *seed)
	g := newGenerator(*seed)
	p := start(t, "uuids.py")
	pieces := []string{
		"-", "-", "{", "}", "urn:", "uuid:", "urn:uuid:", "+", "-", "_", "__", "0x", "0X", "0x_", " ", "\t", "\n", "\v", "\f", "\r", "\x1c", "\x85", "\u00a0", "\u2003", "\u3000", "\u180e",
		"１", "٣", "𝟗", "Ａ", "²", "½", "\x00", "\x7f", "g", "l", "i", "İ", "ı", "\u200b", "\ufeff", "😀",
	}
	valid := 0
	const rounds = 200
	for range rounds {
		texts := make([]string, batch)
		for i := range texts {
			runes := []rune(fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64()))
			if g.IntN(3) == 0 {
				runes = []rune(strings.ToUpper(string(runes)))
			}
			for range g.IntN(4) {
				// In most cases the result has 32 characters.
				piece := []rune(pick(g, pieces))
				at := pick(g, []int{0, 0, len(runes), g.IntN(len(runes) + 1), g.IntN(len(runes) + 1)})
				end := min(len(runes), at+len(piece))
				if strings.ContainsAny(string(piece), "-{}:") || g.IntN(8) == 0 {
					end = at
				}
				if at == len(runes) && end == at && g.IntN(2) == 0 && len(piece) < len(runes) {
					at -= len(piece)
				}
				runes = append(append(append([]rune{}, runes[:at]...), piece...), runes[end:]...)
			}
			texts[i] = string(runes)
		}
		valid += compareUUIDs(t, p, texts)
	}
	if total := rounds * batch; valid < total/5 || valid > total*4/5 {
		t.Errorf("%d of %d are UUIDs", valid, total)
	}
}
