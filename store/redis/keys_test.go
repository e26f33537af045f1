// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"path"
	"slices"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
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
