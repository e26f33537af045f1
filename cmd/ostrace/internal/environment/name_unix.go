// SPDX-License-Identifier: Apache-2.0

//go:build unix

package environment

// sameName reports whether two names are those of the same variable.
func sameName(a, b string) bool { return a == b }
