// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// When a bar has ended, its line is empty and stays so.
func TestProgressLeavesNothing(t *testing.T) {
	for name, total := range map[string]int{"of so many": 10, "of who knows how many": unknownTotal} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				p := &progress{stderr: &out, label: "reading", unit: "spans", total: total, begun: time.Now()}
				p.add(1)
				if out.Len() > 0 {
					t.Errorf("a bar at once: %q", out.String())
				}
				for range 3 {
					<-time.After(progressDelay)
					p.add(1)
				}
				p.end()
				if !strings.Contains(out.String(), "reading") {
					t.Errorf("no bar: %q", out.String())
				}
				<-time.After(time.Minute)
				if line := lastLine(out.String()); strings.TrimSpace(line) != "" {
					t.Errorf("left behind: %q", line)
				}
			})
		})
	}
}

// lastLine returns the line that a terminal shows of text which returns to the
// line's start.
func lastLine(text string) string {
	var line []rune
	at := 0
	for _, r := range text {
		if r == '\r' {
			at = 0
			continue
		}
		if at == len(line) {
			line = append(line, r)
		}
		line[at] = r
		at++
	}
	return string(line)
}
