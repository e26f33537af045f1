// SPDX-License-Identifier: Apache-2.0

package waterfall

import "testing"

func TestColor(t *testing.T) {
	for _, test := range []struct {
		color         Color
		noColor, term string
		terminal      bool
		want          bool
	}{
		{ColorAuto, "", "xterm", true, true},
		{ColorAuto, "", "xterm", false, false},
		{ColorAuto, "1", "xterm", true, false},
		{ColorAuto, "", "dumb", true, false},
		{ColorAlways, "1", "dumb", false, true},
		{ColorNever, "", "xterm", true, false},
	} {
		t.Setenv("NO_COLOR", test.noColor)
		t.Setenv("TERM", test.term)
		if got := test.color.on(test.terminal); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
