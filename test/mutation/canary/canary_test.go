// SPDX-License-Identifier: Apache-2.0

package canary

import "testing"

func TestPositive(t *testing.T) {
	if Positive(0) || !Positive(1) {
		t.Error("0 is not more than zero, and 1 is")
	}
}

func TestOne(t *testing.T) {
	if One(0) != 1 || One(9) != 1 {
		t.Error("it is 1")
	}
}
