// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// Each module of the project is listed, and what was built is not looked at.
func TestVerify(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		want    string // in the error
	}{
		"all are listed": {},
		"one is not": {
			map[string]string{"test/more/go.mod": "module example.com/project/test/more\n"},
			"example.com/project/test/more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, changed(test.changes))
			err := verify(t.Context(), dir)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
		})
	}
}
