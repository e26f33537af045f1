// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"strings"
	"testing"
)

// Each module of the project is listed, and what was built is not looked at.
func TestVerify(t *testing.T) {
	built := map[string]string{"bin/dist/built/go.mod": "module built\n"}
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
			files := changed(test.changes)
			maps.Copy(files, built)
			write(t, dir, files)
			err := verify(t.Context(), dir)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
		})
	}
}
