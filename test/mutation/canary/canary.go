// SPDX-License-Identifier: Apache-2.0

// Package canary has a line whose change a test notices, and one whose change no
// test can notice, by which the program sees that gremlins tells them apart.
package canary

// Positive reports whether n is more than zero.
func Positive(n int) bool { return n > 0 }

// One returns 1, whatever n is.
func One(n int) int {
	if n > 5 {
		return 1
	}
	return 1
}
