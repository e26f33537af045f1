// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// Whatever a trace's operation is, a row fits into the terminal, and its columns
// are below their heads.
func TestLayOut(t *testing.T) {
	for _, width := range []int{0, 200, 120, 100, 80, 64} {
		for _, operation := range []string{"", "POST /v2.1/servers", strings.Repeat("東京", 60), "POST /" + strings.Repeat("é́", 200)} {
			table := [][]string{
				{"BASE_ID", "TIMESTAMP", "DURATION", "POINTS", "OPERATION"},
				{"5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b", "2026-01-31T10:00:00", "3.21 s", "3", operation},
				{`"\x1b"`, "", "", "", "x"},
			}
			lines := strings.Split(layOut(table, map[int]bool{2: true, 3: true}, width), "\n")
			at := strings.Index(lines[0], "OPERATION")
			for _, line := range lines {
				if width > 0 && uniseg.StringWidth(line) > width {
					t.Errorf("%d columns: %q", width, line)
				}
			}
			if operation != "" && lines[1][at-1] != ' ' || lines[2][at:] != "x" {
				t.Errorf("%d columns: %q", width, lines)
			}
		}
	}
}
