// SPDX-License-Identifier: Apache-2.0

// Package canary has changes that a test notices, changes that no test can
// notice, and one that does not compile. With it the program checks that gremlins
// tells them apart.
package canary

// Sign returns "+", "-" or "0".
func Sign(n int) string {
	switch {
	case n > 0:
		return "+"
	case n < 0:
		return "-"
	}
	return "0"
}

// One returns 1, whatever n is.
func One(n int) int {
	if n > 5 {
		return 1
	}
	return 1
}

// Twice returns a text twice.
func Twice(s string) string { return s + s }
