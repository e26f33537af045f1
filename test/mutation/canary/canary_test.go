// SPDX-License-Identifier: Apache-2.0

package canary

import "testing"

func TestSign(t *testing.T) {
	for n, want := range map[int]string{-1: "-", 0: "0", 1: "+"} {
		if got := Sign(n); got != want {
			t.Errorf("of %d it is %s", n, got)
		}
	}
}

func TestOne(t *testing.T) {
	if One(0) != 1 || One(9) != 1 {
		t.Error("it is 1")
	}
}

func TestTwice(t *testing.T) {
	if got := Twice("a"); got != "aa" {
		t.Errorf("got %s", got)
	}
}
