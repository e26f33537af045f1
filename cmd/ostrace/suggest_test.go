// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"lits"}, `unknown command "lits"; did you mean list?; see ostrace --help`},
		{[]string{"SHOW"}, "did you mean show?"},
		{[]string{"ex"}, "did you mean exec or export?"},
		{[]string{"show", "--servise", "nova"}, "unknown flag: --servise; did you mean --service?"},
		{[]string{"export", "--end-point", "x"}, "unknown flag: --end-point; did you mean --endpoint?"},
		{[]string{"list", "--connectionstring=x"}, "did you mean --connection-string?"},
		{[]string{"exec", "--os-profil", "x", "--", "true"}, "did you mean --os-profile or --os-profile-"},
	} {
		_, stderr, status := call(t, test.args...)
		if status == 0 || !strings.Contains(stderr, test.want) {
			t.Errorf("%v: status %d, %swant %s", test.args, status, stderr, test.want)
		}
	}
	for _, args := range [][]string{{"unheard-of"}, {"show", "--unheard-of"}, {"show", "-z"}} {
		if _, stderr, status := call(t, args...); status == 0 || strings.Contains(stderr, "did you mean") {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
}
