// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestParseClient(t *testing.T) {
	for _, name := range []string{"go", "go-5", "python-3,4,5", "list-3,8"} {
		if c, err := parseClient(name); err != nil || c.String() != name {
			t.Errorf("%s: %s, %v", name, c, err)
		}
	}
	for _, name := range []string{"", "ruby", "go-", "go-5,", "go-x", "go--5", "python-0.5", "list 3"} {
		if c, err := parseClient(name); err == nil {
			t.Errorf("%q is taken for %s", name, c)
		}
	}
}
