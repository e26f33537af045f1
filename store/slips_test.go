// SPDX-License-Identifier: Apache-2.0

package store

import (
	"os"
	"strings"
	"testing"
)

// The error about a connection string with a slip does not show the secret in
// it.
func TestSlipsShowNoSecret(t *testing.T) {
	const secret = "Tr0ub4dor"
	text, err := os.ReadFile("testdata/slips.txt")
	if err != nil {
		t.Fatal(err)
	}
	for slip := range strings.Lines(string(text)) {
		slip = strings.TrimSuffix(slip, "\n")
		s, err := Open(slip)
		if err == nil {
			_ = s.Close()
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", slip, err)
		}
	}
}
