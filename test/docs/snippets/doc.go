// SPDX-License-Identifier: Apache-2.0

// Package snippets has the Go code of the documents that is not a part of a program, an
// example or a test. Each function is the frame that a snippet needs to be compiled.
package snippets
