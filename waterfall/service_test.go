// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"testing"
	"time"
)

// A span's self time is the time that it did not spend in its children, whenever the
// children ran.
func TestSelfTime(t *testing.T) {
	type interval struct{ start, end time.Duration }
	for name, test := range map[string]struct {
		children []interval
		want     time.Duration
	}{
		"none":                            {nil, 100},
		"one after the other":             {[]interval{{10, 20}, {30, 50}}, 70},
		"at the same time":                {[]interval{{10, 50}, {20, 40}, {30, 60}}, 50},
		"until after the parent's end":    {[]interval{{90, 200}}, 90},
		"since before the parent's start": {[]interval{{-50, 10}}, 90},
		"after the parent's end":          {[]interval{{150, 200}, {300, 301}}, 100},
		"before the parent's start":       {[]interval{{-20, -10}}, 100},
		"around it":                       {[]interval{{-50, 500}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := &node{end: 100}
			for _, c := range test.children {
				n.children = append(n.children, &node{start: c.start, end: c.end})
			}
			if got := n.self(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
