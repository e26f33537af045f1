package redis

import (
	"path"
	"testing"
)

// TestEscapeGlob has patterns that path.Match reads as Redis does.
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
