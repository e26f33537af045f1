// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"path"
	"slices"
	"testing"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
)

// Redis is asked only for the keys of one trace, whatever the trace's id is.
func TestKeysOfOneTrace(t *testing.T) {
	r, s := start(t)
	var patterns []string
	answer(r, "SCAN", func(_ *server.Peer, args []string) bool {
		patterns = append(patterns, args[2])
		return false
	})
	if _, err := read(t, s, `[a-z]*\`); err != nil || !slices.Equal(patterns, []string{`osprofiler:\[a-z\]\*\\*`}) {
		t.Errorf("asked for %q (%v)", patterns, err)
	}
}

// After a list of all traces without a key of the oldest layout, a trace is read
// without a search for such keys.
func TestSearchesOnce(t *testing.T) {
	r, s := start(t)
	push(t, r, "osprofiler_opt:new", text("new", 1, ""))
	set(t, r, legacyKey("old", 2), text("old", 2, ""))
	scans := 0
	answer(r, "SCAN", func(*server.Peer, []string) bool {
		scans++
		return false
	})
	for _, want := range []int{2, 0} {
		if _, err := listed(t, s, points.AllTraces); err != nil {
			t.Fatal(err)
		}
		scans = 0
		for _, id := range []string{"new", "old"} {
			if ids, err := read(t, s, id); err != nil || (len(ids) == 1) != (id == "new" || want > 0) {
				t.Errorf("read %q of %s (%v)", ids, id, err)
			}
		}
		if scans != want {
			t.Errorf("%d searches, want %d", scans, want)
		}
		r.Del(legacyKey("old", 2))
	}
}

// TestEscapeGlob uses patterns that path.Match reads like Redis.
func TestEscapeGlob(t *testing.T) {
	texts := []string{"", "a", "*", "?", "[a-z]", `\`, `\*`, "a*b?c[d]e^-", "e6b9f7a0-5b1c"}
	for _, pattern := range texts {
		for _, text := range texts {
			matches, err := path.Match(escapeGlob(pattern), text)
			if err != nil || matches != (pattern == text) {
				t.Errorf("%q matches %q: %v, %v", pattern, text, matches, err)
			}
		}
	}
}
